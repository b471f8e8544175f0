-- Does the entry span's own status text tell an exception that was not recorded?
-- kind: direct
-- idle without: blamed, scoped_spans
select
    b.trace_id, b.request_span_id, s.span_id, 'span:' || s.span_id as source, s.start_time as seen_at,
    b.service, 'app.unhandled_exception' as cause,
    -- Where the text speaks of somebody else, the app's own code is not the likely origin.
    case when @says speaks_of_another (words: s.status_message)@
        then 0.3 else 1.0 end as strength,
    'the span ended with ' || left(s.status_message, 160) as statement
from blamed as b
join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
anti join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
where
    -- How who was given up ended later says nothing of why.
    not b.is_given_up
    and s.kind = 2 and regexp_matches(s.status_message, '^[A-Za-z_*][A-Za-z0-9_.:$\\]*(Error|Exception|Exit|Fault|Failure)\b|nested exception is [A-Za-z0-9_.$]+(Error|Exception)\b')
    -- A framework's way to say a status is an answer.
    and not @says status_as_exception (words: s.status_message)@
