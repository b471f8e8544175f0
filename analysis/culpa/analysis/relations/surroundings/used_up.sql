-- Which resources of whom were used up in which minute, as metrics tell that were sent around the failed requests?
-- Nothing is read but the points of these names and times.
-- one row per: service, host_name, host_id, process_pid, minute, object, what
-- idle without: metered
-- columns:
--   service varchar: component name of who sent the metric
--   host_name, host_id varchar, process_pid bigint: of its resource, '' and 0 if not known
--   minute bigint: since 1970
--   object varchar: mount point or pool, '' if not known
--   what varchar: 'memory', 'cpu', 'disk', 'files', 'pool' or 'loop'
--   first_ns bigint: of its first point
--   time_ns bigint, name varchar: of its last point, and the name of a metric that tells of it
--   is_of_host boolean: not of one process or container
--   share, busy, used, most, free, pending double: what was measured, NULL if it was not
--   level double: the share in use, from 0; of 'loop' seconds
with bounds as (
    select make_timestamp_ns(min(a.from_minute) * 60000000000) as since, make_timestamp_ns((max(a.to_minute) + 1) * 60000000000) as until
    from asked_minutes as a
),
-- What each metric measures: in the state that it comes with ('*': whatever state), as a share or as an amount.
measures as (
    select * from (values
        ('process.memory.utilization', '*', 'memory', 'share', 1.0), ('k8s.container.memory_limit_utilization', '*', 'memory', 'share', 1.0),
        ('system.memory.utilization', '', 'memory', 'share', 1.0), ('system.memory.utilization', 'used', 'memory', 'share', 1.0),
        ('container.memory.percent', '*', 'memory', 'share', 0.01),
        ('process.memory.usage', '*', 'memory', 'used', 1.0), ('container.memory.usage', '*', 'memory', 'used', 1.0),
        ('container.memory.usage.total', '*', 'memory', 'used', 1.0), ('container.memory.working_set', '*', 'memory', 'used', 1.0),
        ('process.memory.limit', '*', 'memory', 'limit', 1.0), ('container.memory.limit', '*', 'memory', 'limit', 1.0),
        ('container.memory.usage.limit', '*', 'memory', 'limit', 1.0), ('k8s.container.memory_limit', '*', 'memory', 'limit', 1.0),
        ('k8s.container.memory.limit', '*', 'memory', 'limit', 1.0), ('container.memory.available', '*', 'memory', 'free', 1.0),
        ('system.filesystem.utilization', '', 'disk', 'share', 1.0), ('system.filesystem.utilization', 'used', 'disk', 'share', 1.0),
        ('system.filesystem.usage', 'used', 'disk', 'used', 1.0), ('system.filesystem.usage', 'free', 'disk', 'free', 1.0),
        ('system.cpu.utilization', 'idle', 'cpu', 'idle', 1.0), ('k8s.container.cpu_limit_utilization', '*', 'cpu', 'share', 1.0),
        ('k8s.container.cpu.limit.utilization', '*', 'cpu', 'share', 1.0), ('process.cpu.utilization', '', 'cpu', 'share', 1.0),
        ('process.cpu.utilization', 'user', 'cpu', 'share', 1.0),
        ('process.open_file_descriptor.count', '*', 'files', 'used', 1.0), ('process.unix.file_descriptor.count', '*', 'files', 'used', 1.0),
        ('process_open_fds', '*', 'files', 'used', 1.0), ('process.open_file_descriptor.limit', '*', 'files', 'limit', 1.0),
        ('process.unix.file_descriptor.limit', '*', 'files', 'limit', 1.0), ('process_max_fds', '*', 'files', 'limit', 1.0),
        ('db.client.connection.count', 'used', 'pool', 'used', 1.0), ('db.client.connections.usage', 'used', 'pool', 'used', 1.0),
        ('db.client.connection.max', '*', 'pool', 'limit', 1.0), ('db.client.connections.max', '*', 'pool', 'limit', 1.0),
        ('db.client.connection.pending_requests', '*', 'pool', 'pending', 1.0), ('db.client.connections.pending_requests', '*', 'pool', 'pending', 1.0)
    ) as v(name, state, what, role, scale)
),
thresholds as (
    select * from (values ('memory', 0.97), ('disk', 0.99), ('cpu', 0.95), ('files', 0.95), ('pool', 1.0), ('loop', 0.5)) as v(what, enough)
),
points as (
    select
        m."time", m.name, m.value, m.unit, m.service_name, m.resource_id,
        coalesce(
            nullif(attr(m.attr_keys, m.attr_vals, 'system.memory.state'), ''), nullif(attr(m.attr_keys, m.attr_vals, 'system.filesystem.state'), ''),
            nullif(attr(m.attr_keys, m.attr_vals, 'cpu.mode'), ''), nullif(attr(m.attr_keys, m.attr_vals, 'system.cpu.state'), ''),
            nullif(attr(m.attr_keys, m.attr_vals, 'db.client.connection.state'), ''), attr(m.attr_keys, m.attr_vals, 'state')
        ) as state,
        coalesce(
            nullif(attr(m.attr_keys, m.attr_vals, 'system.filesystem.mountpoint'), ''), nullif(attr(m.attr_keys, m.attr_vals, 'mountpoint'), ''),
            nullif(attr(m.attr_keys, m.attr_vals, 'db.client.connection.pool.name'), ''),
            nullif(attr(m.attr_keys, m.attr_vals, 'db.client.connections.pool.name'), ''), attr(m.attr_keys, m.attr_vals, 'pool.name')
        ) as "object"
    from metric_points as m
    where
        m."time" >= (select x.since from bounds as x) and m."time" <= (select x.until from bounds as x) and m.value is not null
        and (m.name in (select k.name from measures as k) or regexp_matches(m.name, '(event_?loop|asyncio)[._a-z]*[._](delay|lag)'))
),
measured as (
    select p."time", p.name, p.service_name, p.resource_id, p."object", k.what, k.role, p.value * k.scale as value
    from points as p
    join measures as k on p.name = k.name and k.state in ('*', p.state)
    union all
    select
        p."time", p.name, p.service_name, p.resource_id, p."object", 'loop' as what, 'share' as role,
        p.value * case p.unit when 'ns' then 1e-9 when 'us' then 1e-6 when 'ms' then 1e-3 else 1 end as value
    from points as p
    where regexp_matches(p.name, '(event_?loop|asyncio)') and not regexp_matches(p.name, '(stddev|[._]min$|[._]count$)')
),
-- Several processes of one service stay apart where they can be kept apart.
levels as (
    select
        name_service(coalesce(r.service_namespace, ''), m.service_name) as service,
        coalesce(r.host_name, '') as host_name, coalesce(r.host_id, '') as host_id, coalesce(r.process_pid, 0) as process_pid,
        epoch_ns(m."time") // 60000000000 as minute, m."object", m.what, min(epoch_ns(m."time")) as first_ns, max(epoch_ns(m."time")) as time_ns, min(m.name) as name,
        bool_or(starts_with(m.name, 'system.')) as is_of_host,
        max(m.value) filter (where m.role = 'share') as share,
        1 - avg(m.value) filter (where m.role = 'idle') as busy,
        max(m.value) filter (where m.role = 'used') as used,
        min(m.value) filter (where m.role = 'limit' and m.value > 0) as most,
        min(m.value) filter (where m.role = 'free') as free,
        max(m.value) filter (where m.role = 'pending') as pending
    from measured as m
    left join resources as r on m.resource_id = r.resource_id
    group by 1, 2, 3, 4, 5, 6, 7
)
select l.*, greatest(l.share, l.busy, l.used / l.most, l.used / nullif(l.used + l.free, 0)) as level
from levels as l
join thresholds as t on l.what = t.what
-- A pool that is just fully used keeps nobody waiting.
where level >= t.enough and coalesce(l.pending, 1) > 0
