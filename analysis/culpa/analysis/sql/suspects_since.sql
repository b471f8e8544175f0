-- Which traces that ended since then may hold a failed request, or hold a verdict?
-- params: since_ns bigint (0: all)
-- columns: trace_id
select s.trace_id from spans as s
where (s.http_response_status_code >= 500 or (s.kind = 2 and s.status_code = 2)) and epoch_ns(s.start_time) >= $since_ns
union
select a.trace_id from access as a
where
    (a.http_response_status_code >= 500 or (not a.completed and a.http_response_status_code between 200 and 399))
    and epoch_ns(a.start_time) >= $since_ns
union
select v.trace_id from verdicts as v where epoch_ns(v.ended_at) >= $since_ns
order by trace_id
