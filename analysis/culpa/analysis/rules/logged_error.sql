-- Did the app log an error in this request without an exception?
-- kind: weak
-- idle without: blamed, scoped_logs
select
    b.trace_id, b.request_span_id, l.span_id, 'log:' || l.log_id as source, l."time" as seen_at,
    b.service, 'app.unhandled_exception' as cause,
    1.0 as strength,
    'the app logged: ' || left(l.body, 160) as statement
from blamed as b
join scoped_logs as l on b.trace_id = l.trace_id
anti join origins as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id
where
    l.format in @formats sent@ and l.severity_number >= 17 and b.has_spans
    -- What the framework itself logs for every 5xx says nothing new.
    and not @says framework_line (line: l.body)@
qualify row_number() over (partition by b.trace_id, b.request_span_id order by l."time" desc) = 1
