-- Could the web server make nothing of the app's answer?
-- kind: direct
-- idle without: blamed, server_lines
select
    l.trace_id, l.request_span_id, l.source, l.seen_at,
    coalesce(nullif(l.upstream, ''), nullif(l.service, l.web_server), '') as service, 'app.bad_response' as cause,
    l.upstream as object,
    -- Where the app raised, that is why its answer broke off.
    case when l.says = 'cut' and o.trace_id is not null then 0.1 else 1.0 end as strength,
    'the web server says: ' || left(l.body, 180) as statement
from server_lines as l
left join (select distinct r.trace_id, r.request_span_id from blamed as b left join origins as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id) as o
    on l.trace_id = o.trace_id and l.request_span_id = o.request_span_id
where l.says in ('bad_answer', 'cut')
