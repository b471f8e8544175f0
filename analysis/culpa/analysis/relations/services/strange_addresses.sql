-- Which requests were passed on, and the access log does not name the address as nginx's does, nor does the app tell of itself?
-- one row per: trace_id, span_id
-- idle without: scoped_access
-- columns:
--   trace_id, span_id, service_name varchar: of the access line
--   server_address varchar, server_port uinteger: the site
--   handler, passed_on_to varchar, start_time timestamp_ns: as in scoped_access
--   address varchar: as the error log or Apache's configuration tells it, '' if neither does
--   shape varchar: the path, with a mark in place of each part that has a digit
with asked as (
    select
        a.trace_id, a.span_id,
        max_by(passed_on_host(l.upstream_address), epoch_ns(l."time") + case when regexp_matches(l.upstream_address, ':[0-9]+(/|$)') then 100000000000000000 else 0 end) as address
    from scoped_access as a
    join joined_logs as l on a.trace_id = l.trace_id and l.request_span_id in ('', a.span_id) and a.service_name = l.service_name
    where a.last_upstream = '' and l.upstream_address <> ''
    group by a.trace_id, a.span_id
)
select
    a.trace_id, a.span_id, a.service_name, a.server_address, a.server_port, a.handler, a.passed_on_to, a.start_time,
    coalesce(t.address, a.passed_on_address) as address,
    path_shape(a.url_path) as shape
from scoped_access as a
left join asked as t on a.trace_id = t.trace_id and a.span_id = t.span_id
anti join scoped_spans as s on a.trace_id = s.trace_id and a.span_id = s.parent_span_id and s.kind = 2
where
    a.http_response_status_code >= 500 and a.last_upstream = '' and a.start_time > make_timestamp_ns(0)
    and (t.address is not null or a.passed_on_to <> '' or starts_with(a.handler, 'proxy'))
