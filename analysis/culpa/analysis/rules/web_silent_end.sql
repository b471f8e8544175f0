-- Was the connection to the app closed or reset before any answer, and does nothing from inside say why? Its process may have died.
-- kind: indirect
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, l.source, l.seen_at,
    coalesce(nullif(l.upstream, ''), nullif(l.service, l.web_server), '') as service,
    'app.worker_killed' as cause, l.upstream as object,
    -- Less than what the line itself says (web_closed_early, web_reset): that it died is a guess.
    case when l.says = 'reset' then 0.6 else 0.3 end as strength,
    'the connection ended without an answer, and nothing from inside the app says why' as statement
from server_lines as l
anti join reached as r on l.trace_id = r.trace_id and l.request_span_id = r.request_span_id
-- A server that logs each failure as one says nothing of why by that.
anti join happenings as h
    on l.trace_id = h.trace_id and l.request_span_id = h.request_span_id and (h.event_name <> 'request.failed' or h.log_service <> l.web_server)
anti join saturation as m on l.trace_id = m.trace_id and l.request_span_id = m.request_span_id and m.what = 'memory'
where l.says in ('closed_early', 'reset') and not l.has_spans
