-- What was changed, and when: what people and pipelines sent (`POST /v1/changes`, `culpa change`), and what telemetry tells.
-- source: 'told'; 'resource' (a release, or a process, seen for the first time); 'log' (a server says that it started,
-- stopped or read its configuration again). kind: deploy, config, flag, infra, restart. service_name is the component's
-- name, '' where a change names none. Resources are few; of logs only those with such an event are read.

create or replace view changes as
with seen as (
    select
        name_service(r.service_namespace, r.service_name) as service_name,
        r.service_version, r.vcs_ref_head_revision as revision, r.host_name, r.process_pid,
        case
            when r.service_instance_id <> '' then r.service_instance_id
            when r.process_pid > 0 then r.host_name || '/' || r.process_pid
            else ''
        end as instance,
        epoch_ns(r.first_seen) as seen_ns
    from data.resources as r
    where r.service_name <> '' and not starts_with(r.service_name, 'unknown_service') and epoch_ns(r.first_seen) > 0
),
versions as (
    select s.service_name, s.service_version as release, min(s.seen_ns) as seen_ns
    from seen as s
    where s.service_version <> ''
    group by s.service_name, s.service_version
),
revisions as (
    select s.service_name, s.revision as release, min(s.seen_ns) as seen_ns
    from seen as s
    where s.revision <> ''
    group by s.service_name, s.revision
),
of_versions as (
    select
        v.service_name, v.release, v.seen_ns,
        lag(v.release, 1, '') over (partition by v.service_name order by v.seen_ns, v.release) as earlier
    from versions as v
),
of_revisions as (
    select
        v.service_name, v.release, v.seen_ns,
        lag(v.release, 1, '') over (partition by v.service_name order by v.seen_ns, v.release) as earlier
    from revisions as v
),
deployed as (
    select d.service_name, d.seen_ns, d.service_name || ' ' || d.earlier || ' -> ' || d.release as description
    from of_versions as d
    where d.earlier <> ''
    union all
    -- A new version mostly has a new revision too: shown once, by the version.
    select d.service_name, d.seen_ns, d.service_name || ' ' || left(d.earlier, 12) || ' -> ' || left(d.release, 12) as description
    from of_revisions as d
    where d.earlier <> '' and (d.service_name, d.seen_ns) not in (select (v.service_name, v.seen_ns) from of_versions as v)
),
instances as (
    select s.service_name, s.host_name, s.instance, min(s.seen_ns) as seen_ns
    from seen as s
    where s.instance <> ''
    group by s.service_name, s.host_name, s.instance
),
begun as (
    select
        i.service_name, i.host_name, i.seen_ns,
        lag(i.seen_ns, 1, 0) over (partition by i.service_name order by i.seen_ns, i.instance) as before_ns,
        min(i.seen_ns) over (partition by i.service_name, i.host_name) as on_host_ns
    from instances as i
),
restarted as (
    -- The workers of one start are seen one after the other: within a minute they are one.
    select
        b.service_name, b.seen_ns,
        case
            when b.host_name <> '' and b.on_host_ns = b.seen_ns then b.service_name || ' started on ' || b.host_name
            else b.service_name || ' restarted'
        end as description
    from begun as b
    where
        b.before_ns > 0 and b.seen_ns - b.before_ns > 60000000000
        and not exists (
            select 1 from deployed as d
            where d.service_name = b.service_name and abs(d.seen_ns - b.seen_ns) <= 60000000000
        )
),
said as (
    select
        l."time", epoch_ns(l."time") as said_ns, l.format, l.process_pid, l.service_name,
        case l.event_name when 'server.ready' then 'server.started' when 'config.reloaded' then 'server.reloaded' else l.event_name end as event
    from data.logs as l
    where
        l.event_name in ('server.started', 'server.ready', 'server.shutdown', 'server.reloaded', 'config.reloaded')
        and l."time" > make_timestamp_ns(0)
),
-- An app's own output bears no name; the process that wrote it may have sent one.
named as (
    select s."time", s.said_ns, s.format, s.event, max(r.service_name) as service_name
    from said as s
    join seen as r on s.process_pid = r.process_pid and abs(s.said_ns - r.seen_ns) <= 120000000000
    where s.service_name = '' and s.process_pid > 0
    group by s."time", s.said_ns, s.format, s.event
    having count(distinct r.service_name) = 1
    union all
    select s."time", s.said_ns, s.format, s.event, s.service_name
    from said as s
    where s.service_name <> ''
),
-- That it began and that it was ready, of each of its workers, is one start; what shut down to begin again was restarted.
last_said as (
    select
        n.*, lag(n.said_ns, 1, 0) over (partition by n.service_name, n.event order by n.said_ns) as before_ns
    from named as n
),
logged as (
    select
        s."time", s.service_name, case when s.event = 'server.reloaded' then 'config' else 'restart' end as kind,
        s.service_name || case s.event
            when 'server.started' then ' started'
            when 'server.shutdown' then ' shut down'
            else ' read its configuration again'
        end as description
    from last_said as s
    where
        s.said_ns - s.before_ns > 60000000000
        and not (s.event = 'server.shutdown' and exists (
            select 1 from named as n
            where n.service_name = s.service_name and n.event = 'server.started' and n.said_ns between s.said_ns and s.said_ns + 60000000000
        ))
        -- Its telemetry may tell of the same.
        and not (s.event = 'server.started' and (
            exists (select 1 from restarted as r where r.service_name = s.service_name and abs(r.seen_ns - s.said_ns) <= 60000000000)
            or exists (select 1 from deployed as d where d.service_name = s.service_name and abs(d.seen_ns - s.said_ns) <= 60000000000)
        ))
),
found as (
    select make_timestamp_ns(d.seen_ns) as "time", d.service_name, 'deploy' as kind, d.description, 'resource' as source
    from deployed as d
    union all
    select make_timestamp_ns(r.seen_ns) as "time", r.service_name, 'restart' as kind, r.description, 'resource' as source
    from restarted as r
    union all
    select l."time", l.service_name, l.kind, l.description, 'log' as source
    from logged as l
)
-- A change that was sent twice, by a sender that tried again, is one.
select distinct c."time", c.service_name, c.kind, c.description, 'told' as source, c.attr_keys, c.attr_vals,
    map(c.attr_keys, c.attr_vals) as attributes
from data.changes as c
union all
select
    f."time", f.service_name, f.kind, f.description, f.source, []::varchar[] as attr_keys, []::varchar[] as attr_vals,
    map([]::varchar[], []::varchar[]) as attributes
from found as f;
