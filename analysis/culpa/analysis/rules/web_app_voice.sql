-- Does the web server's log hold the last words of the app, as PHP prints them when nothing caught an error?
-- kind: indirect
-- idle without: server_lines
select
    l.trace_id, l.request_span_id, l.source, l.seen_at,
    case when l.upstream <> '' then l.upstream else l.service end as service, 'app.unhandled_exception' as cause,
    regexp_extract(l.body, ' in (/[^ ]+:[0-9]+)', 1) as location,
    -- A driver's or client's error speaks of somebody else.
    case when @says client_named (line: l.body)@ then 0.3 else 1.0 end as strength,
    'the app printed: ' || left(l.body, 180) as statement
from server_lines as l
anti join origins as o on l.trace_id = o.trace_id and l.request_span_id = o.request_span_id
where l.says = 'app' and @says last_words (line: l.body)@
qualify row_number() over (partition by l.trace_id, l.request_span_id order by l.seen_at desc) = 1
