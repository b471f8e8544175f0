-- The web server's own error lines about each failed request, with what they say brought into words of our own.
-- idle without: scoped_logs
-- columns: trace_id, request_span_id, log_id, source, seen_at, body, says (as in said; 'survived' where a later attempt got an answer,
--   or failed in a way of its own), web_server, upstream (component name or ''), service, host, has_spans
select
    b.trace_id, b.request_span_id, l.log_id, 'log:' || l.log_id as source, l."time" as seen_at, l.body,
    b.web_server, b.upstream, b.service, b.host, b.has_spans,
    case
        when not b.truncated
            and s.says in ('refused', 'no_socket', 'connect_timeout', 'read_timeout', 'closed_early', 'reset', 'bad_answer')
            and (
                b.upstream_header_ns >= 0
                -- nginx writes the address the same way in both of its logs.
                or (starts_with(b.format, 'nginx') and b.last_upstream <> '' and l.upstream_address <> ''
                    and not ends_with(regexp_replace(l.upstream_address, '^([a-z]+://[^/]+)/.*$', '\1'), b.last_upstream)
                    and not ends_with(l.upstream_address, b.last_upstream))
            ) then 'survived'
        else s.says
    end as says
from blamed as b
join scoped_logs as l on b.trace_id = l.trace_id and l.request_span_id in ('', b.request_span_id, b.line_span_id)
join said as s on l.log_id = s.log_id
where l.service_name = b.web_server
