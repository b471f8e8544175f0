-- Work on a failed request that stands in the trace of an older one: a worker that never put its context back makes the span
-- of each later request an inner span of the old trace. Path, method, status and time tell whose it is.
-- needs: wanted(trace_id), access, spans
-- columns: trace_id, span_id (of the access line), old_trace_id, old_span_id (outermost span of the work), from_time, to_time
with alone as (
    select a.trace_id, a.span_id, a.start_time, a.end_time, a.http_request_method, a.url_path, a.http_response_status_code
    from access as a
    semi join wanted as w on a.trace_id = w.trace_id
    anti join spans as s on a.trace_id = s.trace_id
    where a.http_response_status_code >= 500 and epoch_ns(a.start_time) > 0
),
reach as (
    select min(a.start_time) - interval 1 second as from_time, max(a.end_time) + interval 1 second as to_time from alone as a
)
select
    a.trace_id, a.span_id, s.trace_id as old_trace_id, s.span_id as old_span_id,
    s.start_time as from_time, make_timestamp_ns(epoch_ns(s.start_time) + s.duration_ns) as to_time
from alone as a
join spans as s
    on s.http_request_method = a.http_request_method and s.http_response_status_code = a.http_response_status_code
    and ends_with(a.url_path, s.url_path)
where
    s.kind = 1 and s.url_path <> '' and s.trace_id <> a.trace_id
    and s.start_time between (select r.from_time from reach as r) and (select r.to_time from reach as r)
    and epoch_ns(s.start_time) between epoch_ns(a.start_time) - 50000000 and epoch_ns(a.end_time) + 50000000
qualify row_number() over (partition by a.trace_id, a.span_id order by abs(epoch_ns(s.start_time) - epoch_ns(a.start_time))) = 1
