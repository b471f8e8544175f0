-- Which resources were used up around the time of each failed request, as metrics of its service or host tell?
-- one row per: trace_id, request_span_id, what, is_callee, object
-- idle without: used_up
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   what varchar: 'memory', 'cpu', 'disk', 'files', 'pool' or 'loop'
--   is_callee boolean: of the host that was called, not of the app's
--   object varchar: mount point or pool, '' if not known
--   level double: share in use, from 0; of 'loop' seconds
--   source varchar: how evidence names it, 'metric:<name>'
--   seen_at timestamp_ns: when
--   says varchar: a sentence for people
with asked as (
    select b.trace_id, b.request_span_id, b.service, b.host_name, b.host_id, b.process_pid, m.from_minute, m.to_minute, m.to_ns
    from blamed as b
    join asked_minutes as m on b.trace_id = m.trace_id and b.request_span_id = m.request_span_id
),
of_app as (
    select a.trace_id, a.request_span_id, false as is_callee, u.*
    from asked as a
    join used_up as u on a.service = u.service and u.minute between a.from_minute and a.to_minute and u.first_ns <= a.to_ns
    where
        u.service <> ''
        and (u.host_name = '' or a.host_name = '' or u.host_name = a.host_name)
        and (u.process_pid = 0 or a.process_pid = 0 or u.process_pid = a.process_pid)
    union all
    select a.trace_id, a.request_span_id, false as is_callee, u.*
    from asked as a
    join used_up as u
        on u.minute between a.from_minute and a.to_minute and u.first_ns <= a.to_ns
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
    join used_up as u on c.host <> '' and c.host = u.host_name and u.minute between a.from_minute and a.to_minute and u.first_ns <= a.to_ns
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
