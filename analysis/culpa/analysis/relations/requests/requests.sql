-- The failed requests: one row per failure, the topmost failed request of each branch. Other work that failed is told of in the same way.
-- one row per: trace_id, request_span_id
-- columns:
--   trace_id, request_span_id varchar: the failed request, or the span of other work
--   kind varchar: 'request', or 'task', 'message', 'job'
--   record varchar: what tells of it, 'access' or 'span'
--   status usmallint: what the client got, 0 if not known
--   surfaced boolean: no request above it is on record, so that its status is what the client of the whole trace got
--   truncated boolean: the answer broke off after a status that was fine
--   ended_at timestamp_ns, start_ns, end_ns bigint: UTC, and ns since 1970
--   method, route, path varchar: '' if not known; the route of other work is the name of its span
--   service varchar: component name of who answered
--   web_server, access_id, upstream_address, last_upstream varchar, last_upstream_status integer, upstream_name varchar,
--     upstream_connect_ns, upstream_header_ns, upstream_bytes_received bigint: of the access line, '', 0 or -1 if there is none
--   duration_ns bigint: of the line, else of the span
--   handler, format varchar: of the access line, '' if there is none
with recursive above as (
    select n.trace_id, n.span_id as failed_span_id, n.parent_span_id as ancestor_id, 1 as distance
    from nodes as n
    left join broken_streams as b on n.trace_id = b.trace_id and n.span_id = b.span_id
    where (n.is_failed or n.is_failed_work or b.span_id is not null) and n.parent_span_id <> ''
    union all
    select u.trace_id, u.failed_span_id, p.parent_span_id as ancestor_id, u.distance + 1 as distance
    from above as u
    join nodes as p on u.trace_id = p.trace_id and u.ancestor_id = p.span_id
    where p.parent_span_id <> '' and u.distance < 64
),
answered_above as (
    select
        u.trace_id, u.failed_span_id,
        max(case when r.is_failed and r.span_id <> u.failed_span_id then 1 else 0 end) as any_failed,
        max_by(r.status, -u.distance) as nearest_status
    from above as u
    join nodes as r on u.trace_id = r.trace_id and u.ancestor_id = r.span_id
    where r.is_request
    group by u.trace_id, u.failed_span_id
),
-- Other work that somebody who failed, too, was still waiting for is told there.
waited_for as (
    select distinct u.trace_id, u.failed_span_id
    from above as u
    join nodes as f on u.trace_id = f.trace_id and u.failed_span_id = f.span_id
    join nodes as w on u.trace_id = w.trace_id and u.ancestor_id = w.span_id
    where f.is_failed_work and (w.is_failed or w.is_failed_work) and w.end_ns >= f.end_ns and w.span_id <> f.span_id
),
topmost as (
    select n.*, coalesce(a.any_failed, -1) as above_failed
    from nodes as n
    left join answered_above as a on n.trace_id = a.trace_id and n.span_id = a.failed_span_id
    left join waited_for as w on n.trace_id = w.trace_id and n.span_id = w.failed_span_id
    where
        (n.is_failed or n.is_failed_work)
        and case
            when n.is_failed_work then w.failed_span_id is null
            -- A caller that got 4xx (or left, 499) saw no failure, whatever is red below.
            else a.any_failed is null or (a.any_failed = 0 and (a.nearest_status < 400 or a.nearest_status >= 500))
        end
),
-- The status line was fine, but the answer broke off: the web server says so, or the app.
cut as (
    select c.trace_id, c.span_id from cut_answers as c
    union
    select b.trace_id, b.span_id from broken_streams as b
),
below_cut as (
    select distinct u.trace_id, u.failed_span_id as span_id
    from above as u
    join cut as c on u.trace_id = c.trace_id and u.ancestor_id = c.span_id
),
truncated as (
    select n.*, -1 as above_failed
    from nodes as n
    semi join cut_answers as c on n.trace_id = c.trace_id and n.span_id = c.span_id
    union all
    -- Where somebody above saw it break off or failed of it, it is told there.
    select n.*, -1 as above_failed
    from nodes as n
    semi join broken_streams as b on n.trace_id = b.trace_id and n.span_id = b.span_id
    anti join cut_answers as c on n.trace_id = c.trace_id and n.span_id = c.span_id
    anti join below_cut as d on n.trace_id = d.trace_id and n.span_id = d.span_id
    left join answered_above as a on n.trace_id = a.trace_id and n.span_id = a.failed_span_id
    where coalesce(a.any_failed, 0) = 0
),
failures as (
    select t.*, false as truncated from topmost as t
    union all
    select t.*, true as truncated from truncated as t
)
select
    f.trace_id,
    f.span_id as request_span_id,
    f.kind,
    f.record,
    f.status,
    f.above_failed = -1 as surfaced,
    f.truncated,
    make_timestamp_ns(f.end_ns) as ended_at,
    f.start_ns,
    f.end_ns,
    coalesce(nullif(a.http_request_method, ''), s.http_request_method, '') as method,
    case when f.kind = 'request' then coalesce(s.http_route, '') else s.span_name end as route,
    coalesce(nullif(a.url_path, ''), s.url_path, '') as path,
    coalesce(nullif(s.service, ''), a.service_name, '') as service,
    coalesce(a.service_name, '') as web_server,
    coalesce(a.access_id, '') as access_id,
    coalesce(a.upstream_address, '') as upstream_address,
    coalesce(a.last_upstream, '') as last_upstream,
    coalesce(a.last_upstream_status, 0) as last_upstream_status,
    coalesce(a.upstream_name, '') as upstream_name,
    coalesce(a.upstream_connect_ns, -1) as upstream_connect_ns,
    coalesce(a.upstream_header_ns, -1) as upstream_header_ns,
    coalesce(a.upstream_bytes_received, 0) as upstream_bytes_received,
    coalesce(a.duration_ns, s.duration_ns, 0) as duration_ns,
    coalesce(a.handler, '') as handler,
    coalesce(a.format, '') as format
from failures as f
left join scoped_spans as s on f.trace_id = s.trace_id and f.span_id = s.span_id
left join scoped_access as a on f.trace_id = a.trace_id and f.span_id = a.span_id
