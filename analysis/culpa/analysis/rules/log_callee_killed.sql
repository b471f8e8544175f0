-- Did the kernel kill the process of whoever was asked, for want of memory, before nobody answered there?
-- kind: direct
-- idle without: killed_callees
select
    k.trace_id, k.request_span_id, k.source, k.seen_at,
    case when k.told_host = '' then 'callee' else '' end as blames,
    k.callee, 'host:' || k.told_host as host, 'host.memory_exhausted' as cause,
    k.killed_name as object, max(o.share) as strength,
    'the kernel killed the process of ' || k.callee || ': ' || left(k.body, 160) as statement
from killed_callees as k
join origins as o on k.trace_id = o.trace_id and k.request_span_id = o.request_span_id and k.callee = o.callee
where
    -- What it answered, or refused, it did alive.
    @says not_connected (words: o.words)@ or @says socket (words: o.words)@ <> '' or @says cache (words: o.words, type: o.origin_type)@ = 'cache.unreachable'
    or @says database (words: o.words, type: o.origin_type, stack: o.stacktrace, code: o.error_code)@ in ('database.unreachable', 'database.crashed')
group by k.trace_id, k.request_span_id, k.source, k.seen_at, k.callee, k.told_host, k.killed_name, k.body
