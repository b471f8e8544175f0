-- Which records of apps' own outputs are joined to a request by time alone?
-- one row per: log_id, trace_id, request_span_id
-- idle without: joined_logs
-- columns:
--   log_id, trace_id, request_span_id, event_name varchar: as in joined_logs
--   language varchar: that such an output is of, as SDKs name it
select
    l.log_id, l.trace_id, l.request_span_id, l.event_name,
    @format language: l.format@ as language
from joined_logs as l
where l.joined_by = 'time' and @format language: l.format@ <> ''
