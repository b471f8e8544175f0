-- What was behind the other failures of the same place and status at that time, where it is known for sure?
-- params: trace_id varchar, request_span_id varchar, sure_from double
-- columns: layer, component, cause, requests, of_all (similar failures, whatever is known of them), trace_id (one of them)
with own as (
    select
        v.kind,
        v.method,
        v.route,
        v.status,
        epoch_ns(v.ended_at) as ended_ns,
        path_shape(v.path) as shape
    from verdict_revisions as v
    where v.trace_id = $trace_id and v.request_span_id = $request_span_id
    order by v.judged_at desc, v.settled desc
    limit 1
),
alike as (
    select
        v.trace_id,
        v.layer,
        v.component,
        v.cause,
        v.confidence
    from failures as v
    join own as o
        on v.kind = o.kind and v.method = o.method and v.status = o.status
        and ((v.route <> '' and v.route = o.route) or path_shape(v.path) = o.shape)
    where
        v.trace_id <> $trace_id and not v.truncated
        -- A quarter of an hour to each side.
        and epoch_ns(v.ended_at) between o.ended_ns - 900000000000 and o.ended_ns + 900000000000
)
select
    a.layer,
    a.component,
    a.cause,
    count(*) as requests,
    (select count(*) from alike as b) as of_all,
    max_by(a.trace_id, a.confidence) as trace_id
from alike as a
where a.confidence >= $sure_from and a.cause <> 'unknown'
group by
    a.layer,
    a.component,
    a.cause
order by
    requests desc,
    a.cause,
    a.component
limit 1
