-- Failed calls, and how surely their failure became the failure of the unit that made them. Those with no connection, and those that
-- were repeated with success, are left out.
-- one row per: trace_id, request_span_id, span_id
-- idle without: calls
-- columns:
--   as in calls
--   share decimal(3,2): 0..1: 1 the unit's own exception repeats or follows from it; less where only order and time speak for it
with failed as (
    select
        c.*,
        -- What the words say beyond the type; a short word stands in any stack trace.
        left(regexp_replace(c.words, '^[A-Za-z0-9_.:]+: ', ''), 60) as said,
        left(regexp_replace(c.status_message, '^[A-Za-z0-9_.:]+: ', ''), 60) as ended_with,
        regexp_extract(c.words, '^([A-Za-z_][A-Za-z0-9_.:]*): ', 1) as said_type
    from calls as c
    left join outlived as o on c.trace_id = o.trace_id and c.request_span_id = o.request_span_id and c.unit_span_id = o.unit_span_id
    where
        c.is_failed and not c.is_recovered
        -- What was asked after the answer had left is no part of it.
        and coalesce(c.start_ns <= o.answered_ns, true)
),
last as (
    -- What was called off because of another failure ends after it.
    select
        f.trace_id, f.request_span_id, f.unit_span_id,
        max_by(f.span_id, (not @says called_off (words: f.words)@, f.end_ns)) as span_id
    from failed as f
    group by f.trace_id, f.request_span_id, f.unit_span_id
),
followed as (
    -- The work went on, and well: with another component.
    select distinct f.trace_id, f.request_span_id, f.span_id
    from failed as f
    join calls as g on f.trace_id = g.trace_id and f.request_span_id = g.request_span_id and f.unit_span_id = g.unit_span_id
    where not g.is_failed and g.callee <> f.callee and g.start_ns >= f.end_ns
),
compared as (
    select
        f.*,
        coalesce(r.exception_id, '') as reached_id,
        coalesce(r.is_relay, false) as reached_is_relay,
        coalesce(r.is_from_library, false) as reached_is_from_library,
        coalesce(r.handled, false) as reached_is_handled,
        coalesce(r.time_ns, 0) as reached_ns,
        coalesce(r.kind_of_callee, '') as reached_kind_of_callee,
        coalesce(r.words, '') as reached_words,
        -- A type that the unit's span names is as much as is known where no exception was recorded.
        r.exception_id is null and regexp_matches(coalesce(u.error_type, ''), '[A-Za-z]{3}') and u.error_type <> '_OTHER' as is_named_only,
        coalesce(r.kind_of_callee = '' and r.origin_type <> '', false) as reached_is_own,
        @says slip (type: coalesce(r.origin_type, u.error_type, ''))@ as is_slip,
        r.exception_id is not null and case
            when length(f.said) >= 8 then contains(r.message, f.said) or contains(r.words, f.said)
                or (length(f.ended_with) >= 8 and contains(r.words, f.ended_with))
            else f.said_type <> '' and f.said_type = r.origin_type
        end as is_said_again,
        coalesce(length(f.said) >= 8 and contains(r.stacktrace, f.said), false) as is_in_stack,
        -- The exception tells the status of an answer: this one, or another one, of which a call has it.
        -- A pattern made of a value is compiled for each row: only where it may match.
        case when r.is_relay and f.kind_of_callee = 'upstream' and f.status >= 400 then regexp_matches(r.words, '\b' || f.status || '\b')
            else false end as is_told,
        -- All attempts at it failed; an open breaker refuses without one.
        coalesce(@says guarded (words: r.words)@ and not regexp_matches(r.words, '(?i)breaker|circuit'), false) as is_tried_in_vain,
        w.span_id is not null as is_followed,
        l.span_id is not null as is_last
    from failed as f
    left join reached as r
        on f.trace_id = r.trace_id and f.request_span_id = r.request_span_id and f.unit_span_id = r.unit_span_id
    left join last as l
        on f.trace_id = l.trace_id and f.request_span_id = l.request_span_id and f.unit_span_id = l.unit_span_id and f.span_id = l.span_id
    left join followed as w on f.trace_id = w.trace_id and f.request_span_id = w.request_span_id and f.span_id = w.span_id
    left join scoped_spans as u on f.trace_id = u.trace_id and f.unit_span_id = u.span_id
),
shown as (
    select
        c.trace_id, c.request_span_id, c.unit_span_id,
        max_by(c.span_id, c.end_ns) filter (where c.is_told) as told_span_id, max(c.end_ns) filter (where c.is_said_again) as said_again_ns
    from compared as c
    group by c.trace_id, c.request_span_id, c.unit_span_id
),
weighed as (
    select
        c.*, t.told_span_id,
        -- Python and Ruby print what was caught before as well: not what the end of it speaks of.
        c.is_said_again or (
            c.is_in_stack
            and (c.is_last or (c.reached_kind_of_callee in ('', c.kind_of_callee) and coalesce(t.said_again_ns <= c.end_ns, true)))
        ) as is_repeated
    from compared as c
    left join shown as t on c.trace_id = t.trace_id and c.request_span_id = t.request_span_id and c.unit_span_id = t.unit_span_id
),
shared as (
    select
        c.trace_id, c.request_span_id, c.span_id,
        case
            -- Its answer had another status than the one that the exception tells.
            when c.told_span_id is not null and not c.is_told and c.kind_of_callee = 'upstream' and c.status >= 400 then 0.0
            when c.is_repeated then 1.0
            -- A transaction that an earlier statement broke, and the client's own library would go no further with.
            when c.kind_of_callee = 'database' and c.is_last and @says broken_transaction (words: c.reached_words)@ then 0.95
            when c.span_id = c.told_span_id then 0.95
            -- The same kind of component speaks in the exception, and no other call of the unit failed after this one.
            when c.reached_id <> '' and c.reached_kind_of_callee = c.kind_of_callee and c.is_last then 0.95
            when c.reached_id <> '' and c.reached_is_relay and c.kind_of_callee = 'upstream' and c.is_last then 0.95
            -- Raised in a library right after the call failed, by words of a call over HTTP: its client's own way of telling it.
            when c.reached_id <> '' and c.reached_is_from_library and c.is_last
                and c.reached_ns between c.end_ns - 5000000 and c.end_ns + 50000000 and c.reached_kind_of_callee = 'upstream' then 0.9
            when c.is_tried_in_vain and c.is_last and not c.is_followed then 0.95
            -- The app read the status and raised an exception of its own that tells it.
            when c.reached_id <> '' and c.kind_of_callee = 'upstream' and c.status >= 400 and c.is_last
                and regexp_matches(c.reached_words, '\b' || c.status || '\b') then 0.9
            -- The app caught the failure and at once raised an exception of its own making; a slip in its code has a built-in type.
            when c.reached_is_own and not c.is_slip and not c.reached_is_from_library and c.is_last and not c.is_followed
                and c.reached_ns between c.end_ns - 1000000 and c.end_ns + 5000000 then 0.5
            -- The app's own exception with no word of the call: likely another trouble.
            when c.reached_id <> '' then 0.0
            -- No exception at all: the app gave up in silence after this call.
            when not c.is_last or c.status in (404, 410) then 0.0
            when c.is_named_only and c.is_slip then 0.1
            when c.is_followed or c.status in (407, 408, 421, 425) then 0.25
            -- Who refused is well: it is the caller that made a failure of it.
            when c.status between 400 and 499 and c.status not in (401, 403, 429) then 0.6
            else 0.75
        end as share
    from weighed as c
)
select c.*, s.share
from calls as c
join shared as s on c.trace_id = s.trace_id and c.request_span_id = s.request_span_id and c.span_id = s.span_id
where s.share > 0
