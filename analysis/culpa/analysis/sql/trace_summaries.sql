-- What are these traces about, in a row for each service of each?
-- params: trace_ids varchar[], max_rows bigint
-- columns: trace_id, service_name, spans, failed (of this service), began_ns, ended_ns (ns since 1970, of this service), orphans (spans
--          of this service whose parent is not there), root_ns (when its outermost span began, -1 if it has none), root_name (of that one)
with theirs as materialized (
    select
        s.trace_id, s.span_id, s.parent_span_id, s.service_name, s.span_name, epoch_ns(s.start_time) as began_ns, s.duration_ns,
        s.status_code
    from spans as s
    where s.trace_id in (select unnest($trace_ids))
),
hung as (
    select t.*, t.parent_span_id <> '' and p.span_id is null as is_orphan
    from theirs as t
    left join (select h.trace_id, h.span_id from theirs as h group by all) as p
        on t.trace_id = p.trace_id and t.parent_span_id = p.span_id
)
select
    h.trace_id,
    h.service_name,
    count(*) as spans,
    count(*) filter (where h.status_code = 2) as failed,
    min(h.began_ns) as began_ns,
    max(h.began_ns + h.duration_ns) as ended_ns,
    count(*) filter (where h.is_orphan) as orphans,
    coalesce(min(h.began_ns) filter (where h.parent_span_id = ''), -1) as root_ns,
    coalesce(min_by(h.span_name, h.began_ns) filter (where h.parent_span_id = ''), '') as root_name
from hung as h
group by h.trace_id, h.service_name
order by h.trace_id, h.service_name
limit $max_rows
