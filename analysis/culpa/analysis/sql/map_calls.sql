-- Who calls whom, how often, and how often did that fail? A service that answers by its name, all else as components are named.
-- params: since_ns bigint, until_ns bigint; call_ns bigint, served_ns bigint, line_ns bigint (the newest calls, spans that serve and lines are
--   those from then on, of sql/map_times.sql: values that are known beforehand spare most files and blocks)
-- columns: caller, callee, kind ('service', 'database', 'cache', 'queue', 'upstream', 'web_server'), calls, failed (where spans were
--          sampled estimates), sampled_one_in (calls behind each that was kept, on average), p95_ns
with calls as (
    select
        s.trace_id, s.span_id, s.parent_span_id, s.service_name, s.kind, s.duration_ns, s.db_system_name, s.messaging_system, s.server_address,
        s.server_port, s.db_namespace, s.url_scheme, s.url_full, sampling_weight(s.sampled_one_in) as weight,
        s.status_code = 2 or s.http_response_status_code >= 500 as is_failed
    from spans as s
    where s.kind in (3, 4) and s.start_time >= make_timestamp_ns($call_ns) and s.start_time < make_timestamp_ns($until_ns)
),
served as (
    select s.trace_id, s.parent_span_id, min(s.service_name) as service_name
    from spans as s
    where s.kind in (2, 5) and s.parent_span_id <> '' and s.start_time >= make_timestamp_ns($served_ns) and s.start_time < make_timestamp_ns($until_ns)
    group by s.trace_id, s.parent_span_id
),
inside as (
    select
        c.service_name as caller,
        case
            when v.service_name is not null then v.service_name
            when c.db_system_name <> '' then name_dependency(c.db_system_name, c.server_address, c.server_port, c.db_namespace)
            when c.messaging_system <> '' then name_dependency(c.messaging_system, c.server_address, c.server_port, '')
            when c.server_address <> '' then name_address(case when c.server_port = 443 or starts_with(c.url_full, 'https') then 'https' else 'http' end, c.server_address, c.server_port)
            else ''
        end as callee,
        case
            when v.service_name is not null then 'service'
            when c.db_system_name in @systems cache@ then 'cache'
            when c.db_system_name <> '' then 'database'
            when c.messaging_system <> '' then 'queue'
            else 'upstream'
        end as kind,
        c.is_failed, c.duration_ns, c.weight
    from calls as c
    left join served as v on c.trace_id = v.trace_id and c.span_id = v.parent_span_id
),
-- What a server handed on without a span of the call itself, as web servers do. It may have begun up to an hour before.
handed_on as (
    select p.service_name as caller, v.service_name as callee, 'service' as kind, p.status_code = 2 or p.http_response_status_code >= 500 as is_failed, p.duration_ns,
        sampling_weight(p.sampled_one_in) as weight
    from served as v
    join spans as p on v.trace_id = p.trace_id and v.parent_span_id = p.span_id
    where p.kind in (0, 1, 2, 5) and p.start_time >= make_timestamp_ns(greatest($since_ns, $served_ns - 3600000000000)) and p.start_time < make_timestamp_ns($until_ns)
),
-- A web server's line, and the app's span of the same trace or below it.
lines as materialized (
    select a.trace_id, a.service_name, a.upstream_address, a.http_response_status_code, a.duration_ns
    from access as a
    where a.start_time >= make_timestamp_ns($line_ns) and a.start_time < make_timestamp_ns($until_ns)
),
forwarded as (
    select
        a.service_name as caller,
        coalesce(s.service_name, case when a.upstream_address <> '' then 'http://' || split_part(a.upstream_address, ',', 1) else '' end) as callee,
        'service' as kind, a.http_response_status_code >= 500 as is_failed, a.duration_ns, 1.0 as weight
    from lines as a
    left join (
        select p.trace_id, min_by(p.service_name, p.start_time) as service_name
        from spans as p
        semi join lines as l on p.trace_id = l.trace_id
        where p.kind = 2 and p.start_time >= make_timestamp_ns(greatest($since_ns, $line_ns - 3600000000000)) and p.start_time < make_timestamp_ns($until_ns)
        group by p.trace_id
    ) as s on a.trace_id = s.trace_id
)
select
    e.caller, e.callee, min(e.kind) as kind, round(sum(e.weight))::bigint as calls,
    coalesce(round(sum(e.weight) filter (where e.is_failed)), 0)::bigint as failed, avg(e.weight) as sampled_one_in,
    quantile_cont(e.duration_ns, 0.95)::bigint as p95_ns
from (select * from inside union all select * from handed_on union all select * from forwarded) as e
where e.caller <> '' and e.callee <> '' and e.caller <> e.callee
group by e.caller, e.callee
order by calls desc, e.caller, e.callee
limit 200
