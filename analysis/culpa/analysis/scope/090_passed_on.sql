-- Failed calls, and how surely their failure became the failure of the unit that made them.
-- needs: calls, reached
-- columns: as in calls, and share (0..1): 1 the unit's own exception repeats or follows from it; less where only order
--   and time speak for it; rows with no connection, and calls that were repeated with success, are left out
with failed as (
    select
        c.*,
        row_number() over (partition by c.trace_id, c.request_span_id, c.unit_span_id order by c.end_ns desc) as nth_from_last
    from calls as c
    where c.is_failed and not c.is_recovered
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
        r.exception_id is not null and f.words <> '' and (
            contains(r.stacktrace, left(regexp_replace(f.words, '^[A-Za-z0-9_.:]+: ', ''), 60))
            or contains(r.message, left(regexp_replace(f.words, '^[A-Za-z0-9_.:]+: ', ''), 60))
            or contains(r.words, left(regexp_replace(f.words, '^[A-Za-z0-9_.:]+: ', ''), 60))
        ) as is_repeated
    from failed as f
    left join reached as r
        on f.trace_id = r.trace_id and f.request_span_id = r.request_span_id and f.unit_span_id = r.unit_span_id
),
shared as (
    select
        c.*,
        case
            when c.is_repeated then 1.0
            -- The same kind of component speaks in the exception, and no other call of the unit failed after this one.
            when c.reached_id <> '' and c.reached_kind_of_callee = c.kind_of_callee and c.nth_from_last = 1 then 0.95
            when c.reached_id <> '' and c.reached_is_relay and c.kind_of_callee = 'upstream' and c.nth_from_last = 1 then 0.95
            -- Raised in a library right after the call failed: the client library's own way of telling it.
            when c.reached_id <> '' and c.reached_is_from_library and c.nth_from_last = 1
                and c.reached_ns between c.end_ns - 5000000 and c.end_ns + 50000000 and c.reached_kind_of_callee in ('', 'upstream') then 0.9
            -- The app read the status and raised an exception of its own that tells it.
            when c.reached_id <> '' and c.kind_of_callee = 'upstream' and c.status >= 400 and c.nth_from_last = 1
                and regexp_matches(c.reached_words, '\b' || c.status || '\b') then 0.9
            -- The app's own exception with no word of the call: likely another trouble.
            when c.reached_id <> '' then 0.0
            -- No exception at all: the app gave up in silence after this call.
            when c.nth_from_last = 1 then 0.75
            else 0.0
        end as share
    from compared as c
)
select s.* from shared as s where s.share > 0
