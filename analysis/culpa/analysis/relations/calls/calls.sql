-- What the work on a failed request asked of other components, and how that went.
-- columns: trace_id, request_span_id, unit_span_id, span_id, start_ns, end_ns, callee, kind_of_callee, callee_system, status
--   (HTTP, 0 if none), error_type, error_code, words (of its exception, else its status message), query (text or summary),
--   span_name, is_failed, is_recovered (the same was asked again later and went well), answered_by (span id of the callee's
--   own span, '' if the callee sent none), is_answered_well (that span answered, and not with 5xx), is_outlasted (the caller gave up while
--   the callee was still at work), is_pool_wait (waited in vain for a connection of the app's own pool)
with answered as (
    -- Which span of its own the callee sent: the unit that hangs below the call.
    select
        n.trace_id, n.parent_span_id as span_id, n.span_id as answered_by, n.is_failed, n.status, a.span_name, n.end_ns - n.start_ns as work_ns,
        coalesce(a.status_code = 2, false) as is_red,
        -- The name that a service gives itself; a web server's line is only the door to one.
        case when n.record = 'span' and not starts_with(n.service, 'unknown_service') then n.service else '' end as service,
        n.service as door
    from nodes as n
    left join scoped_spans as a on n.trace_id = a.trace_id and n.span_id = a.span_id
    where n.opens_unit and n.parent_span_id <> ''
    qualify row_number() over (partition by n.trace_id, n.parent_span_id order by (-n.end_ns, n.span_id)) = 1
),
called as (
    select
        t.trace_id, t.request_span_id, t.unit_span_id, t.span_id, s.start_ns, s.end_ns, s.start_time,
        case when s.kind_of_callee <> '' then s.kind_of_callee else 'upstream' end as kind_of_callee,
        case
            when s.kind_of_callee in ('', 'upstream') and coalesce(a.service, '') <> '' then a.service
            when s.callee <> '' then s.callee
            else coalesce(a.door, '')
        end as callee,
        s.callee_system, s.callee_host, s.callee_port, s.db_namespace,
        -- The status on a span that an ingress took the request in with is what it told its client.
        case when s.kind <> 2 and s.http_response_status_code > 0 then s.http_response_status_code else coalesce(a.status, 0) end as status,
        s.error_type, s.span_name, s.status_message, s.service,
        case when s.db_query_summary <> '' then s.db_query_summary when s.db_query_text <> '' then s.db_query_text
            else s.messaging_destination_name end as query,
        case when s.url_path <> '' then s.url_path else coalesce(a.span_name, '') end as url_path,
        -- The callee's own code: a database's, or the status of a remote procedure call.
        case when s.db_response_status_code <> '' then s.db_response_status_code else s.rpc_response_status_code end as response_code,
        coalesce(a.is_failed, false)
            or (s.kind <> 2 or a.answered_by is null) and (s.status_code = 2 or s.http_response_status_code >= 400 or s.error_type <> '') as is_failed,
        coalesce(a.answered_by, '') as answered_by,
        coalesce(a.status between 1 and 499, false) as is_answered_well,
        -- A proxy that gave up writes 504 on its own span.
        (s.http_response_status_code = 0 or (s.http_response_status_code = 504 and coalesce(a.status, 0) <> 504))
            and (s.status_code = 2 or s.error_type <> '' or s.http_response_status_code = 504)
            and not coalesce(a.is_failed or a.is_red, true) and a.work_ns >= 0.8 * s.duration_ns as is_outlasted
    from tree as t
    join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
    left join answered as a on t.trace_id = a.trace_id and t.span_id = a.span_id
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