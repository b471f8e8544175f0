-- The line tells an exception, but no request; and only one request failed then, which has no other exception.
-- What an app prints without a path, or even without a time, has nothing else in common with the web server's log. Two different exceptions
-- of the same second are left alone; of two failures the nearer one may be meant, which is not enough to name a cause. Where as many
-- failed as lines tell one and the same exception, each is of one of them. What two layers log of one has the same words, and other calls.
-- one row per: log_id
-- surety: 0.75; 0.7 of as many failures as lines; 0.6 without a time of its own, behind a begin, or of a warning; 0.45 where two failed
-- idle without: nameless_lines, failed_lines, exceptions
-- columns:
--   log_id, trace_id, request_span_id, joined_by varchar, surety double: as in joined_logs
with written as (
    select
        l.log_id, l.at_ns, coalesce(nullif(case when e.message <> '' then e.type || e.message end, ''), nullif(e.fingerprint, ''), e.exception_id) as fingerprint,
        attr(l.attr_keys, l.attr_vals, 'log.time_of_line_before') = 'true' as is_of_before,
        l.event_name = 'request.failed' as is_of_request,
        l.severity_number < 17 and l.event_name = '' as is_warning
    from nameless_lines as l
    join exceptions as e on l.log_id = e.log_id
    where
        l.url_path = '' and l.event_name in ('', 'request.failed') and (l.severity_number >= 13 or l.event_name = 'request.failed')
        and (
            (l.connection_id = '' and (@format language: l.format@ <> '' or l.format in @formats names_service@))
            -- A web server cuts a long line: of what a script said the end is lost, and the request with it.
            or (l.format in @formats errors@ and l.at_ns > 0)
            -- What an app that a web server runs raised stands in that server's log, and often without the client.
            or (l.connection_id = '' and l.format in @formats errors@ and l.event_name = 'request.failed' and l.told_client = '')
        )
),
fitting as (
    select
        t.log_id, t.at_ns, t.fingerprint, t.is_of_before, f.trace_id, f.to_ns,
        count(distinct t.fingerprint) over (partition by f.trace_id, t.at_ns <= 0) as exceptions,
        count(distinct f.same) over (partition by t.log_id) as requests,
        count(distinct t.log_id) over (partition by f.trace_id, t.fingerprint) as lines,
        dense_rank() over (partition by t.fingerprint order by t.at_ns, t.log_id) as nth_line,
        dense_rank() over (partition by t.fingerprint order by f.to_ns, f.trace_id) as nth_request
    from written as t
    join maybe_meant as f on t.at_ns <= 0 or f.from_ns <= 0 or t.at_ns between f.from_ns and f.to_ns
    where not t.is_warning
),
-- A framework says later that a request failed, and no other has; or somebody warned then, and nobody said more.
weak as (
    select
        t.log_id, t.at_ns, t.fingerprint, f.trace_id,
        count(distinct t.fingerprint) over (partition by f.trace_id) as exceptions,
        count(distinct f.trace_id) over (partition by t.log_id) as requests
    from written as t
    join maybe_meant as f
        on f.from_ns > 0
        and case when t.is_warning then t.at_ns between f.from_ns and f.to_ns else t.is_of_request and t.at_ns > f.to_ns and t.at_ns <= f.late_ns end
    anti join fitting as g on t.log_id = g.log_id
    anti join fitting as h on f.trace_id = h.trace_id
),
chosen as (
    select
        c.log_id, c.at_ns, c.trace_id,
        case when c.at_ns <= 0 or c.is_of_before then 0.6 when c.requests > 2 or (c.requests = 2 and c.lines >= 2) then 0.7
            when c.requests > 1 then 0.45 else 0.75 end::double as surety
    from fitting as c
    where
        c.exceptions = 1
        and (
            c.requests = 1
            -- Without a time only where nothing is left over.
            or (c.at_ns <= 0 and c.lines = c.requests and c.nth_line = c.nth_request)
            or (c.at_ns > 0 and not c.is_of_before and (c.requests = 2 or c.lines >= c.requests) and (c.lines < c.requests or c.nth_line = c.nth_request))
        )
    union all
    select c.log_id, c.at_ns, c.trace_id, 0.6::double as surety
    from weak as c
    where c.exceptions = 1 and c.requests = 1
)
select
    c.log_id, f.trace_id, f.span_id as request_span_id, 'request' as joined_by, c.surety
from chosen as c
join failed_lines as f on c.trace_id = f.trace_id
anti join (select j.* from by_request_line as j semi join exceptions as e on j.log_id = e.log_id) as x
    on f.trace_id = x.trace_id and f.span_id = x.request_span_id
-- An app that sends spans tells its exceptions there.
anti join scoped_spans as s on f.trace_id = s.trace_id
qualify row_number() over (partition by c.log_id order by abs(c.at_ns - f.end_ns), f.end_ns desc, f.span_id) = 1
