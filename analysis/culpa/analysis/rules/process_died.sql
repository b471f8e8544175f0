-- Was the app's process gone while its span of the request was still open?
-- kind: direct
-- idle without: blamed, scoped_spans
-- Whoever outlived the process reports the span that it left behind; when that span ended is when it was reported.
select
    b.trace_id, b.request_span_id, s.span_id, 'span:' || s.span_id as source, s.start_time as seen_at,
    b.service, 'app.worker_killed' as cause,
    -- That the kernel killed it says more.
    case when k.trace_id is null then 1.0 else 0.3 end as strength,
    case when s.status_message <> '' then s.status_message else 'the process died while it worked on this request' end as statement
from blamed as b
join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
left join happenings as k
    on b.trace_id = k.trace_id and b.request_span_id = k.request_span_id and k.event_name = 'process.oom_killed' and k.joined_by = 'process'
-- What died after the answer had left did not keep it from coming.
where not b.is_given_up and s.error_type = 'process_died'
