-- What was behind the other failures of the same place and status at that time, where it is known for sure?
-- params: trace_id varchar, kind varchar, method varchar, status bigint, route varchar, path varchar, ended_ns bigint (of the failure, ns since 1970),
--   sure_from double
-- columns: layer, component, cause, requests, of_all (similar failures, whatever is known of them), trace_id (one of them)
with alike as (
    select
        v.trace_id,
        v.layer,
        v.component,
        v.cause,
        v.confidence
    from failures as v
    where
        v.trace_id <> $trace_id and not v.truncated and v.kind = $kind and v.method = $method and v.status = $status
        and (($route <> '' and v.route = $route) or path_shape(v.path) = path_shape($path))
        -- A quarter of an hour to each side: few files and blocks hold it.
        and v.ended_at >= make_timestamp_ns(greatest(0, $ended_ns - 900000000000)) and v.ended_at <= make_timestamp_ns(least($ended_ns, 9000000000000000000) + 900000000000)
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
