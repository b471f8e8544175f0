-- Which resources were used up around the time of each failed request, as metrics of its service or host tell?
-- idle without: metered
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
-- What each metric measures: in the state that it is told with ('*': whatever state), as a share or as an amount.
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
-- One row per owner, thing and minute; several processes of one service stay apart where they can be told apart.
levels as (
    select
        name_service(coalesce(r.service_namespace, ''), m.service_name) as service,
        coalesce(r.host_name, '') as host_name, coalesce(r.host_id, '') as host_id, coalesce(r.process_pid, 0) as process_pid,
        epoch_ns(m."time") // 60000000000 as minute, m."object", m.what, max(epoch_ns(m."time")) as time_ns, min(m.name) as name,
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
),
used_up as (
    select l.*, greatest(l.share, l.busy, l.used / l.most, l.used / nullif(l.used + l.free, 0)) as level
    from levels as l
    join thresholds as t on l.what = t.what
    where
        greatest(l.share, l.busy, l.used / l.most, l.used / nullif(l.used + l.free, 0)) >= t.enough
        -- A pool that is just fully used keeps nobody waiting.
        and coalesce(l.pending, 1) > 0
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
        when 'files' then e.used::bigint || ' of ' || e.most::bigint || ' file descriptors were open'
        when 'pool' then 'all ' || e.most::bigint || ' connections of the pool' || case when e."object" = '' then '' else ' ' || e."object" end
            || ' were in use' || case when coalesce(e.pending, 0) > 0 then ', ' || e.pending::bigint || ' waited' else '' end
        else 'the event loop was late by ' || round(e.level, 2) || ' s'
    end || ' (' || case when e.host_name <> '' and (e.is_of_host or e.is_callee) then e.host_name else e.service end || ')' as says
from everything as e
qualify row_number() over (
    partition by e.trace_id, e.request_span_id, e.what, e.is_callee, case when e.what = 'disk' then e."object" else '' end
    order by e.level desc, e.time_ns desc
) = 1
