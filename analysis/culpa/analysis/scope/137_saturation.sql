-- Which resources were used up around the time of each failed request, as metrics of its service or host tell?
-- needs: blamed, requests, origins, metric_points, resources
-- columns: trace_id, request_span_id, what ('memory', 'cpu', 'disk', 'files', 'pool', 'loop'), is_callee (of the host that was
--   called, not of the app's), object (mount point, pool), level (share in use 0..; of 'loop' seconds), source
--   ('metric:<name>'), seen_at, says (a sentence for people)
-- From a minute and a half before the request (a usual export interval is a minute) to 20 s after it. Nothing is read but
-- the points of these names and times.
with asked as (
    select
        b.trace_id, b.request_span_id, b.service, b.host_name, b.host_id, b.process_pid,
        (r.start_ns - 90000000000) // 60000000000 as from_minute,
        least((r.end_ns + 20000000000) // 60000000000, (r.start_ns - 90000000000) // 60000000000 + 60) as to_minute
    from blamed as b
    join requests as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id
    where r.start_ns > 0
),
bounds as (
    select make_timestamp_ns(min(a.from_minute) * 60000000000) as since, make_timestamp_ns((max(a.to_minute) + 1) * 60000000000) as until
    from asked as a
),
points as (
    select
        epoch_ns(m."time") // 60000000000 as minute, epoch_ns(m."time") as time_ns, m.name, m.value, m.unit,
        name_service(coalesce(r.service_namespace, ''), m.service_name) as service,
        coalesce(r.host_name, '') as host_name, coalesce(r.host_id, '') as host_id, coalesce(r.process_pid, 0) as process_pid,
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
    left join resources as r on m.resource_id = r.resource_id
    where
        m."time" >= (select x.since from bounds as x) and m."time" <= (select x.until from bounds as x) and m.value is not null
        and (
            m.name in (
                'system.memory.utilization', 'process.memory.utilization', 'process.memory.usage', 'process.memory.limit',
                'container.memory.usage', 'container.memory.usage.total', 'container.memory.working_set', 'container.memory.limit',
                'container.memory.usage.limit', 'container.memory.available', 'container.memory.percent',
                'k8s.container.memory_limit', 'k8s.container.memory.limit', 'k8s.container.memory_limit_utilization',
                'system.cpu.utilization', 'process.cpu.utilization', 'k8s.container.cpu_limit_utilization', 'k8s.container.cpu.limit.utilization',
                'process.open_file_descriptor.count', 'process.unix.file_descriptor.count', 'process.open_file_descriptor.limit',
                'process.unix.file_descriptor.limit', 'process_open_fds', 'process_max_fds',
                'system.filesystem.utilization', 'system.filesystem.usage',
                'db.client.connection.count', 'db.client.connection.max', 'db.client.connection.pending_requests',
                'db.client.connections.usage', 'db.client.connections.max', 'db.client.connections.pending_requests'
            )
            or regexp_matches(m.name, '(event_?loop|asyncio)[._a-z]*[._](delay|lag)')
        )
),
-- One row per owner, thing and minute; several processes of one service stay apart where they can be told apart.
levels as (
    select
        p.service, p.host_name, p.host_id, p.process_pid, p.minute, p."object", max(p.time_ns) as time_ns,
        bool_or(starts_with(p.name, 'system.')) as is_of_host,
        any_value(p.name) as name,
        max(p.value) filter (where p.name in ('process.memory.utilization', 'k8s.container.memory_limit_utilization')
            or (p.name = 'system.memory.utilization' and p.state in ('', 'used'))) as memory_share,
        max(p.value) filter (where p.name = 'container.memory.percent') / 100 as memory_percent,
        max(p.value) filter (where p.name in ('process.memory.usage', 'container.memory.usage', 'container.memory.usage.total', 'container.memory.working_set'))
            as memory_used,
        min(p.value) filter (where p.value > 0 and p.name in ('process.memory.limit', 'container.memory.limit', 'container.memory.usage.limit', 'k8s.container.memory_limit', 'k8s.container.memory.limit'))
            as memory_limit,
        min(p.value) filter (where p.name = 'container.memory.available') as memory_free,
        max(p.value) filter (where p.name = 'system.filesystem.utilization' and p.state in ('', 'used')) as disk_share,
        max(p.value) filter (where p.name = 'system.filesystem.usage' and p.state = 'used') as disk_used,
        min(p.value) filter (where p.name = 'system.filesystem.usage' and p.state = 'free') as disk_free,
        1 - avg(p.value) filter (where p.name = 'system.cpu.utilization' and p.state = 'idle') as cpu_busy,
        max(p.value) filter (where p.name in ('k8s.container.cpu_limit_utilization', 'k8s.container.cpu.limit.utilization')) as cpu_share,
        max(p.value) filter (where p.name = 'process.cpu.utilization' and p.state in ('', 'user')) as cpu_process,
        max(p.value) filter (where p.name in ('process.open_file_descriptor.count', 'process.unix.file_descriptor.count', 'process_open_fds')) as files_open,
        min(p.value) filter (where p.value > 0 and p.name in ('process.open_file_descriptor.limit', 'process.unix.file_descriptor.limit', 'process_max_fds')) as files_limit,
        max(p.value) filter (where p.name in ('db.client.connection.count', 'db.client.connections.usage') and p.state = 'used') as pool_used,
        min(p.value) filter (where p.value > 0 and p.name in ('db.client.connection.max', 'db.client.connections.max')) as pool_max,
        max(p.value) filter (where p.name in ('db.client.connection.pending_requests', 'db.client.connections.pending_requests')) as pool_pending,
        max(p.value * case p.unit when 'ns' then 1e-9 when 'us' then 1e-6 when 'ms' then 1e-3 else 1 end) filter (
            where regexp_matches(p.name, '(event_?loop|asyncio)') and not regexp_matches(p.name, '(stddev|[._]min$|[._]count$)')
        ) as loop_s
    from points as p
    group by p.service, p.host_name, p.host_id, p.process_pid, p.minute, p."object"
),
used_up as (
    select l.*, 'memory' as what, greatest(l.memory_share, l.memory_percent, l.memory_used / l.memory_limit, l.memory_used / nullif(l.memory_used + l.memory_free, 0)) as level
    from levels as l
    where greatest(l.memory_share, l.memory_percent, l.memory_used / l.memory_limit, l.memory_used / nullif(l.memory_used + l.memory_free, 0)) >= 0.97
    union all
    select l.*, 'disk' as what, greatest(l.disk_share, l.disk_used / nullif(l.disk_used + l.disk_free, 0)) as level
    from levels as l
    where greatest(l.disk_share, l.disk_used / nullif(l.disk_used + l.disk_free, 0)) >= 0.99
    union all
    select l.*, 'cpu' as what, greatest(l.cpu_busy, l.cpu_share, l.cpu_process) as level
    from levels as l
    where greatest(l.cpu_busy, l.cpu_share, l.cpu_process) >= 0.95
    union all
    select l.*, 'files' as what, l.files_open / l.files_limit as level from levels as l where l.files_open >= 0.95 * l.files_limit
    union all
    select l.*, 'pool' as what, l.pool_used / l.pool_max as level
    from levels as l
    where l.pool_used >= l.pool_max and coalesce(l.pool_pending, 1) > 0
    union all
    select l.*, 'loop' as what, l.loop_s as level from levels as l where l.loop_s >= 0.5
),
of_app as (
    select a.trace_id, a.request_span_id, false as is_callee, u.*
    from asked as a
    join used_up as u on a.service = u.service and u.minute between a.from_minute and a.to_minute
    where
        u.service <> ''
        and (u.host_name = '' or a.host_name = '' or u.host_name = a.host_name)
        and (u.process_pid = 0 or a.process_pid = 0 or u.process_pid = a.process_pid)
    union all
    select a.trace_id, a.request_span_id, false as is_callee, u.*
    from asked as a
    join used_up as u
        on u.minute between a.from_minute and a.to_minute
        and ((a.host_name <> '' and a.host_name = u.host_name) or (a.host_name = '' and a.host_id <> '' and a.host_id = u.host_id))
    where u.is_of_host and u.service <> a.service
),
called as (
    select distinct o.trace_id, o.request_span_id, regexp_extract(o.callee, '^[a-z0-9+.]+://([^:/]+)', 1) as host
    from origins as o
    where o.kind_of_callee = 'database' and exists (select 1 from used_up as u where u.what = 'disk')
),
of_callee as (
    select a.trace_id, a.request_span_id, true as is_callee, u.*
    from called as c
    join asked as a on c.trace_id = a.trace_id and c.request_span_id = a.request_span_id
    join used_up as u on c.host <> '' and c.host = u.host_name and u.minute between a.from_minute and a.to_minute
    where u.what = 'disk'
),
everything as (
    select * from of_app union all select * from of_callee
)
select
    e.trace_id, e.request_span_id, e.what, e.is_callee, e."object", e.level,
    'metric:' || e.name as source, make_timestamp_ns(e.time_ns) as seen_at,
    case e.what
        when 'memory' then 'memory was ' || round(100 * e.level, 1) || ' % in use'
        when 'disk' then 'the file system' || case when e."object" = '' then '' else ' ' || e."object" end || ' was ' || round(100 * e.level, 1) || ' % full'
        when 'cpu' then 'the CPU was ' || round(100 * e.level) || ' % busy'
        when 'files' then e.files_open::bigint || ' of ' || e.files_limit::bigint || ' file descriptors were open'
        when 'pool' then 'all ' || e.pool_max::bigint || ' connections of the pool' || case when e."object" = '' then '' else ' ' || e."object" end
            || ' were in use' || case when coalesce(e.pool_pending, 0) > 0 then ', ' || e.pool_pending::bigint || ' waited' else '' end
        else 'the event loop was late by ' || round(e.level, 2) || ' s'
    end || ' (' || case when e.host_name <> '' and (e.is_of_host or e.is_callee) then e.host_name else e.service end || ')' as says
from everything as e
qualify row_number() over (
    partition by e.trace_id, e.request_span_id, e.what, e.is_callee, case when e.what = 'disk' then e."object" else '' end
    order by e.level desc, e.time_ns desc
) = 1
