-- What the work on a failed request asked of other components, and how that went.
-- one row per: trace_id, request_span_id, span_id
-- idle without: scoped_spans
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   unit_span_id, span_id varchar: the unit that called, and the call
--   start_ns, end_ns bigint, start_time timestamp_ns: ns since 1970, and UTC
--   kind_of_callee varchar: 'database', 'cache', 'queue' or 'upstream'
--   callee varchar: component name; as the callee's own span names itself, if it sent one
--   callee_system, callee_host varchar, callee_port bigint, db_namespace varchar: as in scoped_spans
--   status usmallint: HTTP status of the answer, else the one that the exception of its client tells; 0 if none
--   error_type, span_name, status_message varchar: as in scoped_spans
--   service varchar: component name of who called
--   query varchar: its summary or text, or the queue; '' if none
--   url_path varchar: what was asked for, else the name of the callee's span
--   response_code varchar: the callee's own code: a database's, or the status of a remote procedure call
--   is_failed boolean: it went wrong for the caller
--   answered_by varchar: the callee's own span, '' if it sent none
--   is_answered_well boolean: that span answered, and not with 5xx or a failure of its own
--   is_outlasted boolean: the caller gave up while the callee was still at work
--   words varchar: of its exception, else its status message
--   error_code varchar: the response code, else that of its exception
--   is_recovered boolean: the same was asked again later and went well
--   is_pool_wait boolean: it waited in vain for a connection of the app's own pool
with answered as (
    -- Which span of its own the callee sent: the unit that hangs below the call.
    select
        n.trace_id, n.parent_span_id as span_id, n.span_id as answered_by, n.is_failed, n.status, a.span_name, n.end_ns - n.start_ns as work_ns,
        coalesce(a.status_code = 2, false) as is_red, coalesce(a.rpc_response_status_code, '') as rpc_status,
        -- The name that a service gives itself; a web server's line is only the door to one.
        case when n.record = 'span' and not starts_with(n.service, 'unknown_service') then n.service else '' end as service,
        n.service as door
    from nodes as n
    left join scoped_spans as a on n.trace_id = a.trace_id and n.span_id = a.span_id
    where n.opens_unit and n.parent_span_id <> ''
    qualify row_number() over (partition by n.trace_id, n.parent_span_id order by (-n.end_ns, n.span_id)) = 1
),
-- The status in a client's exception, where the spans have none: of a call that its unit tells so.
told as (
    select
        e.trace_id, e.request_span_id, e.unit_span_id, e.time_ns, e.host,
        coalesce(
            try_cast(regexp_extract(e.words, '(?i)(?:status(?: ?code)?[:= ]+|HTTP(?:/[0-9.]+)? |Error: ?|Exception(?:\$\w+)?: \[?)([45][0-9]{2})\b', 1) as integer),
            try_cast(regexp_extract(e.words, '\b([45][0-9]{2}) (?:Server|Client) Error', 1) as integer),
            0
        ) as status
    from scoped_exceptions as e
    where e.is_relay and e.kind_of_callee = 'upstream'
),
-- The last call to nobody known that ended before it was raised.
stood_in as (
    select w.trace_id, w.request_span_id, t.span_id, max_by(w.status, w.time_ns) as status
    from told as w
    join tree as t on w.trace_id = t.trace_id and w.request_span_id = t.request_span_id and w.unit_span_id = t.unit_span_id
    join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
    left join answered as a on t.trace_id = a.trace_id and t.span_id = a.span_id
    where
        w.status > 0 and s.kind = 3 and s.kind_of_callee = 'upstream' and s.http_response_status_code = 0 and coalesce(a.status, 0) = 0
        and s.rpc_response_status_code = '' and s.end_ns <= w.time_ns + 1000000 and (w.host = '' or s.callee_host in ('', w.host))
    group by w.trace_id, w.request_span_id, t.unit_span_id, t.span_id, s.end_ns
    qualify row_number() over (partition by w.trace_id, w.request_span_id, t.unit_span_id order by s.end_ns desc) = 1
),
-- The broker of a message whose own span does not name it: whom its sending asked.
brokers as (
    select p.trace_id, p.span_id, min(s.callee) as callee
    from scoped_spans as p
    join scoped_spans as s on p.trace_id = s.trace_id and p.span_id = s.parent_span_id
    where p.kind = 4 and p.callee = '' and s.callee <> ''
    group by p.trace_id, p.span_id
),
called as (
    select
        t.trace_id, t.request_span_id, t.unit_span_id, t.span_id, s.start_ns, s.end_ns, s.start_time,
        case
            -- A store that messages are put into is a broker.
            when s.kind_of_callee = 'cache' and p.kind = 4 then 'queue'
            when s.kind_of_callee <> '' then s.kind_of_callee
            else 'upstream'
        end as kind_of_callee,
        case
            when s.kind = 4 and s.callee = '' then coalesce(q.callee, '')
            when s.kind_of_callee in ('', 'upstream') and coalesce(a.service, '') <> '' then a.service
            when s.callee <> '' then s.callee
            else coalesce(a.door, '')
        end as callee,
        s.callee_system, s.callee_host, s.callee_port, s.db_namespace,
        -- The status on a span that an ingress took the request in with is what it answered its client.
        case when s.kind <> 2 and s.http_response_status_code > 0 then s.http_response_status_code
            when coalesce(a.status, 0) > 0 then a.status else coalesce(w.status, 0)::usmallint end as status,
        s.error_type, s.span_name, s.status_message, s.service,
        case when s.db_query_summary <> '' then s.db_query_summary when s.db_query_text <> '' then s.db_query_text
            else s.messaging_destination_name end as query,
        case when s.url_path <> '' then s.url_path else coalesce(a.span_name, '') end as url_path,
        -- The callee's own code: a database's, or the status of a remote procedure call.
        case when s.db_response_status_code <> '' then s.db_response_status_code else s.rpc_response_status_code end as response_code,
        coalesce(a.is_failed, false)
            or w.status is not null
            -- A remote procedure call's failure travels inside a good HTTP answer.
            or coalesce(a.is_red and a.rpc_status in @codes grpc: upstream.error_response upstream.unreachable upstream.timeout@, false)
            or (s.kind <> 2 or a.answered_by is null) and (s.status_code = 2 or s.http_response_status_code >= 400 or s.error_type <> '') as is_failed,
        coalesce(a.answered_by, '') as answered_by,
        coalesce(a.status between 1 and 499, false) or coalesce(w.status between 400 and 499, false)
            -- What it was asked is at fault, as with 4xx.
            or coalesce(a.rpc_status in @codes grpc: app.call_rejected@, false)
            as is_answered_well,
        -- A proxy that gave up writes 504 on its own span.
        (s.http_response_status_code = 0 or (s.http_response_status_code = 504 and coalesce(a.status, 0) <> 504))
            and (s.status_code = 2 or s.error_type <> '' or s.http_response_status_code = 504)
            and not coalesce(a.is_failed or a.is_red, true) and a.work_ns >= 0.8 * s.duration_ns as is_outlasted
    from tree as t
    join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
    left join answered as a on t.trace_id = a.trace_id and t.span_id = a.span_id
    left join scoped_spans as p on s.kind_of_callee = 'cache' and s.trace_id = p.trace_id and s.parent_span_id = p.span_id
    left join brokers as q on t.trace_id = q.trace_id and t.span_id = q.span_id
    left join stood_in as w on t.trace_id = w.trace_id and t.request_span_id = w.request_span_id and t.span_id = w.span_id
    where s.is_call or a.answered_by is not null
),
raised as (
    select e.trace_id, e.request_span_id, e.span_id, max_by(e.words, e.time_ns) as words, max_by(e.error_code, e.time_ns) as error_code
    from scoped_exceptions as e
    group by e.trace_id, e.request_span_id, e.span_id
),
recovered as (
    select distinct f.trace_id, f.request_span_id, f.span_id
    from called as f
    join called as g
        on f.trace_id = g.trace_id and f.request_span_id = g.request_span_id and f.unit_span_id = g.unit_span_id
        and f.callee = g.callee and f.span_name = g.span_name and f.query = g.query and f.url_path = g.url_path
    where f.is_failed and not g.is_failed and g.start_ns >= f.end_ns
),
worded as (
    select
        c.*,
        case
            when coalesce(r.words, '') = '' then c.status_message
            when c.status_message = '' or contains(r.words, c.status_message) or contains(c.status_message, r.words) then r.words
            else r.words || ' (' || c.status_message || ')'
        end as words,
        case when c.response_code not in ('', '0', 'OK') then c.response_code else coalesce(r.error_code, '') end as error_code,
        v.span_id is not null as is_recovered
    from called as c
    left join raised as r on c.trace_id = r.trace_id and c.request_span_id = r.request_span_id and c.span_id = r.span_id
    left join recovered as v on c.trace_id = v.trace_id and c.request_span_id = v.request_span_id and c.span_id = v.span_id
)
select
    w.*,
    case
        when w.is_failed and regexp_matches(w.span_name, '(?i)\bpool[ ._-]?(acquire|check ?out|borrow|wait)')
            then not @says wait_for_server (words: w.words)@
        else false
    end as is_pool_wait
from worded as w
