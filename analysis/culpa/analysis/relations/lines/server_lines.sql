-- The web server's own error lines about each failed request, and why its access line says that it answered itself, with what they
-- say brought into words of our own.
-- one row per: trace_id, request_span_id, log_id
-- idle without: blamed
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   log_id, source varchar: the line (of an access line its access_id), and how evidence names it
--   seen_at timestamp_ns, body varchar: when it was written, and its words
--   web_server, upstream, service, host varchar, has_spans boolean: as in blamed
--   says varchar: as in said; 'survived' where a later attempt got an answer, or failed in a way of its own
select
    b.trace_id, b.request_span_id, l.log_id, 'log:' || l.log_id as source, l."time" as seen_at, l.body,
    b.web_server, b.upstream, b.service, b.host, b.has_spans,
    case
        when not b.truncated
            and s.says in ('refused', 'no_socket', 'connect_timeout', 'read_timeout', 'closed_early', 'reset', 'bad_answer')
            and (
                b.upstream_header_ns >= 0
                -- nginx writes the address the same way in both of its logs.
                or (b.format in @formats nginx@ and b.last_upstream <> '' and l.upstream_address <> ''
                    and not ends_with(regexp_replace(l.upstream_address, '^([a-z]+://[^/]+)/.*$', '\1'), b.last_upstream)
                    and not ends_with(l.upstream_address, b.last_upstream))
            ) then 'survived'
        -- It tried once more, and nobody was there.
        when s.says in ('reset', 'closed_early', 'bad_answer') and b.upstream_header_ns < 0 and max(
            case when s.says in ('refused', 'no_socket', 'connect_timeout') then l."time" end
        ) over (partition by b.trace_id, b.request_span_id) > l."time" then 'survived'
        -- Apache tells the reason in one line, and in the next that there was no connection.
        when s.says = 'refused' and bool_or(s.says in ('denied', 'busy', 'files')) over (partition by b.trace_id, b.request_span_id) then 'nothing'
        -- What it could not do stands in one line, and in another why.
        when s.says in ('directive', 'other') and bool_or(s.says in ('denied', 'disk', 'memory', 'files')) over (partition by b.trace_id, b.request_span_id) then 'nothing'
        -- It tells what the web server saw of the script in the end, after a line that tells why.
        when s.says in ('script_output', 'closed_early') and l.upstream_address = ''
            and bool_or(s.says in ('script_timeout', 'daemon_died', 'reset', 'busy', 'limit')) over (partition by b.trace_id, b.request_span_id)
            then 'nothing'
        -- Nor does it tell of the script what that said itself as it died.
        when s.says = 'script_output' and bool_or(e.log_id is not null) over (partition by b.trace_id, b.request_span_id) then 'nothing'
        else s.says
    end as says
from blamed as b
join scoped_logs as l on b.trace_id = l.trace_id and l.request_span_id in ('', b.request_span_id, b.line_span_id)
join said as s on l.log_id = s.log_id
left join (select distinct x.log_id from exceptions as x where x.log_id <> '') as e on l.log_id = e.log_id
where l.service_name = b.web_server
union all
select
    b.trace_id, b.request_span_id, r.access_id as log_id, 'access:' || r.access_id as source, make_timestamp_ns(greatest(b.line_end_ns, 0)) as seen_at,
    r.reason as body, b.web_server, b.upstream, b.service, b.host, b.has_spans, r.says
from blamed as b
join reasons as r on b.trace_id = r.trace_id and b.line_span_id = r.span_id
