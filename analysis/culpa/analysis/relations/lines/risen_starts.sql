-- Which of those services answered requests between the start that failed and the request: they are up since?
-- one row per: log_id, trace_id, request_span_id
-- idle without: doubtful_starts
-- columns:
--   log_id, trace_id, request_span_id varchar: as in doubtful_starts
select distinct u.log_id, u.trace_id, u.request_span_id
from spans as s
join doubtful_starts as u
    on s.service_name = u.service_name and epoch_ns(s.start_time) > u.at_ns and epoch_ns(s.start_time) <= u.asked_ns + 1000000000
where
    s.start_time >= make_timestamp_ns($since_ns) - interval 1 hour and s.kind = 2 and s.status_code <> 2
    and s.http_response_status_code between 200 and 499
