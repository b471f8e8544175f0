-- Was every connection of the app's pool in use when it waited too long for one?
-- kind: indirect
-- idle without: origins, saturation
select
    o.trace_id, o.request_span_id, o.span_id, s.source, s.seen_at,
    o.service, 'app.pool_exhausted' as cause,
    s.object, case when regexp_matches(o.words, '(?i)pool') then 0.8 else 0.6 end as strength,
    s.says as statement
from saturation as s
join origins as o on s.trace_id = o.trace_id and s.request_span_id = o.request_span_id
where
    s.what = 'pool' and o.kind_of_callee in ('', 'database') and o.error_code = ''
    and @says wait_for_connection (words: o.words)@
