-- Did the app's span end without an answer although the client got a 5xx?
-- kind: indirect
-- idle without: blamed, scoped_spans
select
    b.trace_id, b.request_span_id, b.unit_span_id as span_id, 'absence:status' as source, s.start_time as seen_at,
    b.service, 'app.unhandled_exception' as cause,
    case when s.http_response_status_code = 0 then 0.6 else 0.4 end
        -- Of an app of which nothing is ever kept, nobody knows whether it left of itself or was ended.
        * case when o.service is null then 0.6 else 1.0 end as strength,
    'the client got ' || b.line_status || ' from ' || b.service || ', whose own span says '
        || case when s.http_response_status_code = 0 then 'nothing' else s.http_response_status_code::varchar end
        || ': it left the request by an exit or an error after the answer' as statement
from blamed as b
join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
left join outspoken as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id and b.service = o.service
anti join origins as g on b.trace_id = g.trace_id and b.request_span_id = g.request_span_id
where
    b.line_span_id <> '' and b.has_spans and s.kind = 2
    -- One that tells nothing of HTTP at all lost its attributes on the way, or had none.
    and (s.http_request_method <> '' or s.url_path <> '' or s.http_route <> '')
    and s.http_response_status_code < 500 and s.rpc_response_status_code = ''
    and b.last_upstream_status = b.line_status and b.upstream_header_ns >= 0 and b.line_status = 500
