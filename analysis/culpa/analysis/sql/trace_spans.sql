-- What did these traces do? Their spans as they were judged, each once, in the order in which they began: with work that stands in
-- another trace, and with the parents that the pipeline gave them.
-- relations of: $trace_ids
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: start_ns in nanoseconds since 1970, duration_ns; sent_parent_id as it was sent; callee (component that is asked, or '')
select
    s.trace_id,
    s.span_id,
    coalesce(n.parent_span_id, s.parent_span_id) as parent_span_id,
    s.parent_span_id as sent_parent_id,
    s.start_ns,
    s.duration_ns,
    s.service_name,
    s.span_name,
    s.kind,
    s.status_code,
    s.status_message,
    s.http_response_status_code,
    s.http_request_method,
    s.http_route,
    s.url_path,
    s.callee
from scoped_spans as s
left join nodes as n on s.trace_id = n.trace_id and s.span_id = n.span_id
where s.trace_id in (select w.trace_id from wanted as w)
order by s.start_ns, s.span_id
