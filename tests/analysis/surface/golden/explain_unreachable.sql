-- Which failed requests are in the traces whose id begins so? What the client saw first.
-- params: lowest varchar, beyond varchar (a range of ids; a range because it can skip most of the data)
-- columns: those of the contract of `verdicts`
select
    v.trace_id,
    v.request_span_id,
    v.ended_at,
    v.method,
    v.route,
    v.path,
    v.status,
    v.surfaced,
    v.truncated,
    v.service,
    v.layer,
    v.component,
    v.cause,
    v.object,
    v.confidence,
    v.location,
    v.exception_type,
    v.exception_message,
    v.fingerprint,
    v.change,
    v.runner_up,
    v.evidence,
    v.missing,
    v.runbook,
    v.settled
from verdicts as v
where v.trace_id >= '00000001000000000000000000000001'
    and v.trace_id < '00000001000000000000000000000001g'
order by v.surfaced desc, v.ended_at desc, v.trace_id, v.request_span_id;

-- What did one trace do? Its spans in the order in which they began.
-- params: trace_id varchar
-- columns: start_ns in nanoseconds since 1970, duration_ns; duplicates are not removed
select
    s.span_id,
    s.parent_span_id,
    epoch_ns(s.start_time) as start_ns,
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
    s.error_type
from spans as s
where s.trace_id = '00000001000000000000000000000001'
order by s.start_time, s.span_id;

-- What did the web servers' access logs write about one trace?
-- params: trace_id varchar
-- columns: start_ns in nanoseconds since 1970, duration_ns
select
    a.access_id,
    a.span_id,
    a.parent_span_id,
    a.service_name,
    epoch_ns(a.start_time) as start_ns,
    a.duration_ns,
    a.http_request_method,
    a.url_path,
    a.http_response_status_code,
    a.upstream_address,
    a.upstream_status,
    a.completed
from access as a
where a.trace_id = '00000001000000000000000000000001'
order by a.start_time, a.duration_ns desc, a.access_id;

-- Which exceptions were recorded in one trace?
-- params: trace_id varchar
-- columns: time_ns in nanoseconds since 1970; location `file:line function` of the innermost frame of the app
select
    e.span_id,
    epoch_ns(e.time) as time_ns,
    e.type,
    e.message,
    e.origin_type,
    e.origin_message,
    e.handled,
    e.error_code,
    e.code_file_path,
    e.code_line_number,
    e.code_function_name
from exceptions as e
where e.trace_id = '00000001000000000000000000000001'
order by e.time, e.exception_id;
