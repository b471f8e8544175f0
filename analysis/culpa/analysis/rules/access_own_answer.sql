-- Did the web server answer 5xx by itself, with no error line and no app involved?
-- kind: absence
select
    r.trace_id, r.request_span_id, '' as span_id, 'access:' || r.access_id as source, r.ended_at as seen_at,
    'config' as layer, r.web_server as component, 'config.web_server' as cause,
    r.path as object, '' as location,
    -- Silence means something only of an error log that is read.
    case when h.service_name is not null or r.format = 'caddy_access' then 1.0 else 0.3 end as strength,
    r.web_server || ' answered ' || r.status || ' by itself: nothing was forwarded and no error was logged' as statement
from requests as r
join blamed as b on r.trace_id = b.trace_id and r.request_span_id = b.request_span_id
left join heard_servers as h on r.web_server = h.service_name
anti join server_lines as l on r.trace_id = l.trace_id and r.request_span_id = l.request_span_id
where
    r.record = 'access' and b.upstream = '' and not b.has_spans and r.upstream_address = ''
    and not regexp_matches(r.handler, '(?i)proxy|wsgi|cgi|fcgi|php|uwsgi')
