-- Was the disk full when the app, or its database, said that there is no space?
-- kind: indirect
-- idle without: origins, saturation
select
    o.trace_id, o.request_span_id, o.span_id, s.source, s.seen_at,
    o.service, o.callee, o.host,
    case when o.kind_of_callee = 'database' then 'database.disk_full' else 'host.disk_full' end as cause,
    0.6 as strength,
    s.says as statement
from saturation as s
join origins as o on s.trace_id = o.trace_id and s.request_span_id = o.request_span_id
where
    s.what = 'disk' and (s.is_callee or o.kind_of_callee in ('', 'upstream'))
    and (
        o.error_code in ('53100', '1021', '1114', 'SQLITE_FULL')
        or @says disk_full (words: o.words)@ <> ''
    )
