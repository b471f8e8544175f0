-- Traces that an earlier run of the collector left without a final verdict.
-- params: none
-- columns: trace_id
-- Looks at the newest hour of telemetry, whatever the clock says now: older suspects had their time.

with newest as (
    select coalesce(max(seen.at), make_timestamp_ns(0)) - interval 1 hour as since
    from (
        select max(start_time) as at from spans where start_time < now()::timestamp + interval 1 day
        union all
        select max(start_time) as at from access where start_time < now()::timestamp + interval 1 day
    ) as seen
),

suspects as (
    select span.trace_id
    from spans as span
    where (span.status_code = 2 or span.http_response_status_code >= 500)
        and span.start_time >= (select newest.since from newest)
    union
    select fault.trace_id
    from exceptions as fault
    where fault."time" >= (select newest.since from newest)
    union
    select line.trace_id
    from access as line
    where line.http_response_status_code >= 500
        and line.start_time >= (select newest.since from newest)
),

unsettled as (
    select revision.trace_id
    from verdict_revisions as revision
    group by revision.trace_id
    having not arg_max(revision.settled, revision.judged_at)
)

select suspects.trace_id
from suspects
where suspects.trace_id <> ''
    and suspects.trace_id not in (select revision.trace_id from verdict_revisions as revision)
union
select unsettled.trace_id
from unsettled;
