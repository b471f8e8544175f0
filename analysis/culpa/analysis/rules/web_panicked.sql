-- Did the web server lose the connection as the app's server said that a handler had panicked?
-- Go's net/http ends the connection then and answers nothing: both tell of the same end.
-- kind: indirect
-- idle without: own_faults, server_lines
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.unhandled_exception' as cause,
    o.location, max(o.share) as strength,
    'the connection ended as a handler panicked: ' || any_value(o.brief) as statement
from own_faults as o
join server_lines as l on o.trace_id = l.trace_id and o.request_span_id = l.request_span_id
join scoped_logs as g on o.trace_id = g.trace_id and o.source = 'log:' || g.log_id
where l.says in ('closed_early', 'reset', 'bad_answer') and regexp_matches(g.body, '^http2?: panic serving ')
group by o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at, o.service, o.location
