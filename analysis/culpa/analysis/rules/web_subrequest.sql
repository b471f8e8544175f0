-- Did a subrequest for permission fail with 5xx?
-- kind: direct
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, l.source, l.seen_at,
    '' as callee, 'upstream.error_response' as cause,
    1.0 as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
-- What kept the asked one from answering says more than that it failed.
anti join server_lines as k
    on l.trace_id = k.trace_id and l.request_span_id = k.request_span_id
    and k.says in ('refused', 'no_socket', 'no_upstream', 'connect_timeout', 'read_timeout', 'name', 'tls', 'denied', 'closed_early', 'reset', 'bad_answer')
where l.says = 'subrequest'
