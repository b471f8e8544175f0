-- Did the web server answer 5xx by itself, with no error line that tells another cause, and no app involved or one that had answered otherwise?
-- kind: absence
-- idle without: blamed, requests
select
    b.trace_id, b.request_span_id, 'access:' || b.access_id as source, r.ended_at as seen_at,
    b.web_server as service, 'config.web_server' as cause,
    r.path as object,
    -- Silence means something only of an error log that is read; what it tells in words that we do not know is its own trouble, too.
    case when l.body is not null then 0.7 when h.service_name is not null then 1.0 else 0.3 end as strength,
    b.web_server || ' answered ' || b.line_status || ' by itself: nothing was forwarded, and '
        || case when l.body is null then 'no error was logged' else 'it says: ' || left(l.body, 180) end as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
left join heard_servers as h on b.web_server = h.service_name
-- An error log, or an app's own, never tells whether anything was forwarded.
anti join told_requests as t on b.access_id = t.log_id
-- Nor does a line that tells a reason, but none that is known.
anti join reasons as g on b.trace_id = g.trace_id and b.line_span_id = g.span_id and g.says = 'nothing'
anti join server_lines as x on b.trace_id = x.trace_id and b.request_span_id = x.request_span_id and x.says not in ('other', 'nothing')
left join server_lines as l on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id and l.says = 'other'
where
    b.line_span_id <> '' and b.upstream = '' and not b.has_spans and b.upstream_address = ''
    -- Some formats never tell whether anything was forwarded; others tell by the handler.
    and b.format not in @formats shared@
    -- Others write a line of their own about each 5xx that they run into: without one it was the app's, or they were told to
    -- answer so, which takes them no time.
    and not (b.format in @formats says_own_errors@ and l.body is null and b.line_duration_ns not between 1 and 5000000)
    -- A method or a version that no server knows is the client's.
    and not (b.format in @formats names_handler@ and b.handler = '' and (not b.is_answered_at_once or b.line_status in (501, 505)))
    and not @says app_handler (module: b.handler)@
qualify row_number() over (partition by b.trace_id, b.request_span_id order by l.seen_at desc) = 1
union all
select
    b.trace_id, b.request_span_id, 'access:' || b.access_id as source, r.ended_at as seen_at,
    b.web_server as service, 'config.web_server' as cause,
    r.path as object, 1.0 as strength,
    b.web_server || ' made ' || b.line_status || ' of the answer ' || b.last_upstream_status || ' of what it forwards to, and no error was logged' as statement
from blamed as b
join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
left join heard_servers as h on b.web_server = h.service_name
anti join server_lines as l on b.trace_id = l.trace_id and b.request_span_id = l.request_span_id
where h.service_name is not null and b.line_span_id <> '' and b.line_status >= 500 and b.upstream_header_ns >= 0 and b.last_upstream_status between 200 and 498
