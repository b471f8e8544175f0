-- Which failures of these traces were judged for good since a moment?
-- params: trace_ids varchar[], since_ns bigint
-- columns: trace_id, request_span_id, service, component, cause, fingerprint, kind
select r.trace_id, r.request_span_id, r.service, r.component, r.cause, r.fingerprint, r.kind
from verdict_revisions as r
where r.judged_at >= make_timestamp_ns($since_ns) and r.settled and not r.withdrawn and r.trace_id in (select unnest($trace_ids))
