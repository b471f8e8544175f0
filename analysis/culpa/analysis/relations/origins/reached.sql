-- The exceptions that reached the end of a unit's work: the outermost ones recorded on it, of several the last.
-- one row per: trace_id, request_span_id, unit_span_id
-- idle without: scoped_exceptions
-- columns:
--   as in scoped_exceptions
with pools as (
    -- psycopg's pool says only that it waited in vain, and in its log why it had no connection to give. So do those of application
    -- servers, in a warning of the same thread just before.
    select distinct e.trace_id, e.request_span_id, e.unit_span_id
    from scoped_exceptions as e
    where (e.source = 'span' and e.origin_type = 'psycopg_pool.PoolTimeout') or (e.source = 'log' and @says pool_mute (words: e.words)@)
),
-- Raised after the answer had left, by nothing that was under way before: a call that its client gave up too late was.
late as (
    select e.trace_id, e.request_span_id, e.exception_id
    from scoped_exceptions as e
    join outlived as o on e.trace_id = o.trace_id and e.request_span_id = o.request_span_id and e.unit_span_id = o.unit_span_id
    left join calls as c
        on e.trace_id = c.trace_id and e.request_span_id = c.request_span_id and e.unit_span_id = c.unit_span_id
        and c.end_ns <= e.time_ns + 100000000 and ((c.is_failed and c.end_ns >= e.time_ns - 100000000) or e.kind_of_callee = c.kind_of_callee)
    where
        e.time_ns > o.answered_ns
        -- Memory is used up bit by bit, and whoever is short of it is slow.
        and not coalesce(@says memory_exhausted (words: e.words)@ = 'host.memory_exhausted', false)
    group by e.trace_id, e.request_span_id, e.exception_id, e.kind_of_callee, o.answered_ns
    having coalesce(max_by(c.start_ns, c.end_ns), case when e.kind_of_callee = '' then o.answered_ns + 1 else 0 end) > o.answered_ns
),
held as (
    select e.*, p.trace_id is not null and (
            @says pool_warning (words: e.words)@
            or (e.source = 'log' and e.joined_by = 'connection' and e.kind_of_callee <> '' and not @says pool_mute (words: e.words)@)
        ) as is_pool_told
    from scoped_exceptions as e
    left join pools as p on e.trace_id = p.trace_id and e.request_span_id = p.request_span_id and e.unit_span_id = p.unit_span_id
    left join scoped_spans as s on e.trace_id = s.trace_id and e.span_id = s.span_id
    anti join late as l on e.trace_id = l.trace_id and e.request_span_id = l.request_span_id and e.exception_id = l.exception_id
    where
        not coalesce(s.is_call, false) and not e.is_answer
        -- A supervisor that gives up, because of what its workers wrote before.
        and e.origin_type <> 'gunicorn.errors.HaltServer'
        and not (e.source = 'status' and @says status_as_exception (words: e.words)@)
),
outermost as (
    -- What stands on a span, if only on an inner one, is surer than what a log says without naming one.
    select h.trace_id, h.request_span_id, h.unit_span_id, h.is_placed, h.depth
    from held as h
    qualify row_number() over (
        partition by h.trace_id, h.request_span_id, h.unit_span_id order by (not h.is_placed, h.depth)
    ) = 1
)
select h.* exclude (is_pool_told)
from held as h
join outermost as o
    on h.trace_id = o.trace_id and h.request_span_id = o.request_span_id and h.unit_span_id = o.unit_span_id and h.depth = o.depth
    and h.is_placed = o.is_placed
-- A log record may tell of an error that was dealt with; what stands on the span is what ended it. Of several the last.
qualify row_number() over (
    partition by h.trace_id, h.request_span_id, h.unit_span_id
    order by (
        case
            when h.is_pool_told then -1
            when h.source = 'span' and not h.handled then 0
            when h.source = 'span' then 1
            when h.source = 'log' and h.joined_by = 'trace' then 2
            -- Words without a stack: a log that tells of the same knows more.
            when h.source = 'status' then 3
            when h.joined_by in ('connection', 'request') then 4
            else 5
        end,
        -h.time_ns
    )
) = 1
