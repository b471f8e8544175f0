-- Statements of a failed request that waited for a lock which another transaction held, as the database's own log tells.
-- one row per: trace_id, request_span_id, span_id
-- idle without: happenings, calls
-- columns:
--   trace_id, request_span_id, span_id varchar: the failed request, and the call that sent the statement
--   log_id, source varchar, seen_at timestamp_ns, body varchar: the line
--   surety double: 1 where it names the statement; less where only time tells that it is this one
with reported as (
    select
        h.*, epoch_ns(h.seen_at) as at_ns,
        -- How long it had waited by then.
        coalesce(try_cast(regexp_extract(h.body, 'after ([0-9]+)(?:\.[0-9]+)? ms', 1) as bigint), 0) * 1000000 as waited_ns
    from happenings as h
    where h.event_name = 'lock.wait' and h.format in @formats database@
)
select
    t.trace_id, t.request_span_id, c.span_id, t.log_id, t.source, t.seen_at, t.body,
    case when t.statement_span_id = c.span_id then 1.0 else 0.9 end::double as surety
from reported as t
join calls as c on t.trace_id = c.trace_id and t.request_span_id = c.request_span_id and c.kind_of_callee = 'database'
where
    t.statement_span_id = c.span_id
    -- A statement that was under way all the while; clocks differ a little.
    or (t.joined_by = 'time' and t.waited_ns > 0 and c.start_ns between t.at_ns - t.waited_ns - 200000000 and t.at_ns - t.waited_ns + 200000000
        and c.end_ns >= t.at_ns - 200000000)
qualify row_number() over (
    partition by t.trace_id, t.request_span_id, c.span_id order by t.statement_span_id = c.span_id desc, t.at_ns, t.log_id
) = 1
