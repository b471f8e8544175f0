-- Exceptions that ended the work, and how much of it the app itself is to blame for as far as they tell.
-- one row per: trace_id, request_span_id, span_id
-- idle without: origins
-- columns:
--   as in origins
--   own double: 0..1: 1 it names nobody else's fault, 0 it says only that something else had gone wrong
-- A call that went well, but took nearly all of the time: whatever was raised after it may follow from that.
with taken_up as (
    select distinct b.trace_id, b.request_span_id
    from blamed as b
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    join calls as c on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
    where not c.is_failed and c.end_ns - c.start_ns >= greatest(1000000000, 0.8 * s.duration_ns)
),
-- It ended the span of the request itself, before there was any answer: whatever its type, nobody caught it.
broken_off as (
    select b.trace_id, b.request_span_id, 'span:' || s.span_id as source
    from blamed as b
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    where s.kind = 2 and s.http_response_status_code = 0 and s.rpc_response_status_code = ''
)
select
    o.*,
    (case
        -- An exception of which neither type nor words arrived: somebody on the way renamed or removed them.
        when regexp_replace(o.words, '[: ]', '', 'g') = '' then 0.0
        -- An error that a logger made of the answer's status tells nothing of why it was so.
        when @says status_alone (words: o.words)@ then 0.0
        -- That a transaction was given up before tells nothing of why.
        when o.error_code = '25P02' then 0.0
        when @says broken_transaction (words: o.words)@ then 0.2
        -- Nor does a breaker that refused the call, of what had gone wrong with those before.
        when @says guarded (words: o.words)@ then 0.0
        -- Nor does who gave up waiting for a task, of what became of it.
        when @says task_wait (words: o.words, type: o.origin_type, stack: o.stacktrace)@ then 0.0
        -- Nor does a limit that the app set to its own work, of what used up the time.
        when @says own_limit (type: o.origin_type, stack: o.stacktrace)@ then 0.5
        -- Somebody else has the lock: how long to wait for it, and what then, is the app's choice.
        when @says held_lock (type: o.origin_type)@ then 1.0
        -- A library raised it, and nobody knows whose trouble that library speaks of.
        when o.kind_of_callee = '' and o.is_from_library and not @says slip (type: o.origin_type)@ and not @says app_asked_wrong (type: o.origin_type)@ then 0.2
        when o.kind_of_callee = '' and o.stacktrace = '' and f.trace_id is null and @says nameless_type (type: o.origin_type)@ then 0.2
        when o.kind_of_callee = '' then 1.0
        -- A client speaks of its callee, in words that are not known.
        else 0.2
    end * case when u.trace_id is null then 1.0 else 0.2 end
    -- Its place is told and its stack is not: somebody on the way took the stack, and with it what had been asked before.
    * case when o.stacktrace = '' and o.location <> '' then 0.25 else 1.0 end)::double as own
from origins as o
left join taken_up as u on o.trace_id = u.trace_id and o.request_span_id = u.request_span_id
left join broken_off as f on o.trace_id = f.trace_id and o.request_span_id = f.request_span_id and o.source = f.source
where not o.is_call
