-- How often does each attribute stand on the failed requests of one problem, and how often on healthy ones of the same place?
-- params: fingerprint varchar, service varchar, route varchar ('' where there is none: then path), path varchar,
--   is_access boolean (requests known by the access log only), since_ns bigint, until_ns bigint,
--   max_failing bigint, max_healthy bigint, max_traces bigint (whose inside is looked at)
-- columns: key, value, failing, failing_total, healthy, healthy_total (requests), tested (pairs that were compared at all)
-- Healthy is an answer below 400 in a trace without a verdict. Samples are drawn by id, which is random. What an error
-- leaves on a span (error.*, exception.*, the answer's own attributes) is a consequence and not looked at.
with sick as (
    select distinct v.trace_id from failures as v where v.fingerprint = $fingerprint
),
found as materialized (
    select
        s.trace_id, s.span_id, s.resource_id,
        s.http_response_status_code between 100 and 399 and s.status_code <> 2 as is_fine,
        s.attr_keys, s.attr_vals, s.http_request_method, s.url_path, s.url_scheme, s.server_address, s.network_peer_address,
        '' as upstream_address
    from spans as s
    where
        not $is_access and s.kind = 2 and s.service_name = $service
        and (($route <> '' and s.http_route = $route) or ($route = '' and s.url_path = $path))
        and s.start_time >= make_timestamp_ns($since_ns) and s.start_time <= make_timestamp_ns($until_ns)
    union all
    select
        a.trace_id, a.span_id, 0::ubigint as resource_id,
        a.http_response_status_code between 100 and 399 and a.completed as is_fine,
        a.attr_keys, a.attr_vals, a.http_request_method, a.url_path, a.url_scheme, a.server_address, '' as network_peer_address,
        a.upstream_address
    from access as a
    where
        $is_access and a.service_name = $service and a.url_path = $path
        and a.start_time >= make_timestamp_ns($since_ns) and a.start_time <= make_timestamp_ns($until_ns)
),
-- Only of those: to gather all that was ever judged takes longer.
judged as (
    select v.trace_id from failures as v where v.trace_id in (select f.trace_id from found as f)
),
failing as (
    select f.*, true as is_failing
    from found as f
    where f.trace_id in (select k.trace_id from sick as k) and not f.is_fine
    order by f.trace_id, f.span_id
    limit $max_failing
),
healthy as (
    select f.*, false as is_failing
    from found as f
    where f.is_fine and f.trace_id not in (select j.trace_id from judged as j)
    order by f.trace_id, f.span_id
    limit $max_healthy
),
picked as (
    select p.*, row_number() over (partition by p.is_failing order by p.trace_id, p.span_id) as place
    from (select * from failing union all select * from healthy) as p
),
known as (
    select p.*, r.service_version, r.vcs_ref_head_revision, r.service_instance_id, r.deployment_environment_name, r.host_name, r.host_id,
        r.process_pid, r.attr_keys as resource_keys, r.attr_vals as resource_vals
    from picked as p
    left join resources as r on p.resource_id = r.resource_id
),
pairs as (
    select k.is_failing, k.trace_id, k.span_id, unnest(k.attr_keys) as key, unnest(k.attr_vals) as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, unnest(k.resource_keys) as key, unnest(k.resource_vals) as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'http.request.method' as key, k.http_request_method as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'url.path' as key, k.url_path as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'url.scheme' as key, k.url_scheme as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'server.address' as key, k.server_address as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'network.peer.address' as key, k.network_peer_address as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'upstream.address' as key, k.upstream_address as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'service.version' as key, k.service_version as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'vcs.ref.head.revision' as key, k.vcs_ref_head_revision as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'service.instance.id' as key, k.service_instance_id as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'deployment.environment.name' as key, k.deployment_environment_name as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'host.name' as key, k.host_name as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'host.id' as key, k.host_id as value from known as k
    union all
    select k.is_failing, k.trace_id, k.span_id, 'process.pid' as key, k.process_pid::varchar as value from known as k where k.process_pid > 0
),
-- Which instance of another service or database took part, of the requests that asked one at all.
inside as (
    select p.is_failing, p.trace_id, p.span_id, s.service_name, s.kind, s.resource_id, s.db_system_name, s.messaging_system, s.server_address, s.server_port
    from picked as p
    join spans as s on p.trace_id = s.trace_id
    where p.place <= $max_traces and (s.service_name <> $service or s.kind = 3)
),
inner_pairs as (
    select
        i.is_failing, i.trace_id, i.span_id,
        'server.address of ' || case when i.db_system_name <> '' then i.db_system_name else i.messaging_system end as key,
        i.server_address || case when i.server_port > 0 then ':' || i.server_port else '' end as value
    from inside as i
    where i.kind in (3, 4) and (i.db_system_name <> '' or i.messaging_system <> '') and i.server_address <> ''
    union all
    select i.is_failing, i.trace_id, i.span_id, 'service.version of ' || i.service_name as key, r.service_version as value
    from inside as i
    join resources as r on i.resource_id = r.resource_id
    where i.kind = 2 and i.service_name <> $service
    union all
    select i.is_failing, i.trace_id, i.span_id, 'host.name of ' || i.service_name as key, r.host_name as value
    from inside as i
    join resources as r on i.resource_id = r.resource_id
    where i.kind = 2 and i.service_name <> $service
),
totals as (
    select count(*) filter (where p.is_failing) as failing_total, count(*) filter (where not p.is_failing) as healthy_total from picked as p
),
inner_totals as (
    select
        i.key,
        count(distinct i.span_id) filter (where i.is_failing) as failing_total,
        count(distinct i.span_id) filter (where not i.is_failing) as healthy_total
    from inner_pairs as i
    where i.value <> ''
    group by i.key
),
counted as (
    select
        p.key, p.value,
        count(distinct p.span_id) filter (where p.is_failing) as failing,
        count(distinct p.span_id) filter (where not p.is_failing) as healthy
    from pairs as p
    where
        p.value <> ''
        and not regexp_matches(p.key, '^(error|exception|http\.response|http\.status|otel\.status|rpc\.response|rpc\.grpc|thread)[._]|^http\.(status|response)|\.port$|^url\.full$')
    group by p.key, p.value
),
inner_counted as (
    select
        i.key, i.value,
        count(distinct i.span_id) filter (where i.is_failing) as failing,
        count(distinct i.span_id) filter (where not i.is_failing) as healthy
    from inner_pairs as i
    where i.value <> ''
    group by i.key, i.value
),
compared as (
    select c.key, c.value, c.failing, t.failing_total, c.healthy, t.healthy_total from counted as c cross join totals as t
    union all
    select c.key, c.value, c.failing, t.failing_total, c.healthy, t.healthy_total
    from inner_counted as c
    join inner_totals as t on c.key = t.key
)
-- What stands on fewer than three requests cannot be significant, whichever they are.
select q.key, q.value, q.failing, q.failing_total, q.healthy, q.healthy_total, q.tested
from (select c.*, count(*) over () as tested from compared as c where c.failing + c.healthy >= 3) as q
where q.failing >= 2
order by q.failing desc, q.healthy, q.key, q.value
limit 1000
