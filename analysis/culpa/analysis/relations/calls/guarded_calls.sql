-- The call whose failures opened the breaker that refused a request: the latest one of the same service that failed, within a quarter of an hour.
-- one row per: trace_id, request_span_id
-- idle without: refusals
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   span_id varchar, start_time timestamp_ns: the call, in an earlier request, and when it was made
--   kind_of_callee, callee, words, error_code varchar, status usmallint: as in calls
--   fitness integer: 2 the guard bears the callee's name, 1 the same route made it or no other callee failed, 0 it is one of several
--   failures bigint: how many calls of this callee failed in that time; what opens a breaker are several
with earlier as (
    select
        r.trace_id, r.request_span_id, r.name, r.route, s.trace_id as old_trace_id, s.span_id, s.start_time, s.status_message, s.error_type,
        s.http_response_status_code as status, s.db_response_status_code, s.db_system_name, s.messaging_system, s.url_full,
        s.server_address, s.server_port, s.db_namespace, s.db_query_text, s.url_path, s.parent_span_id
    from refusals as r
    join spans as s on r.service_name = s.service_name and r.trace_id <> s.trace_id
    where
        s.start_time >= make_timestamp_ns($since_ns) - interval 1 hour
        and s.start_time >= (select make_timestamp_ns(min(k.start_ns) - 900000000000) from refusals as k)
        and s.start_time <= (select make_timestamp_ns(max(k.start_ns)) from refusals as k)
        and epoch_ns(s.start_time) between r.start_ns - 900000000000 and r.start_ns
        and (s.status_code = 2 or s.http_response_status_code >= 500)
        and s.kind in (3, 4) and (s.db_system_name <> '' or s.messaging_system <> '' or s.http_request_method <> '' or s.url_full <> '' or s.server_address <> '')
),
raised as (
    select e.trace_id, e.span_id, max_by(case when e.origin_type = '' then '' else e.origin_type || ': ' end || e.origin_message, e."time") as words,
        max_by(e.error_code, e."time") as error_code
    from exceptions as e
    semi join earlier as p on e.trace_id = p.old_trace_id and e.span_id = p.span_id
    where e."time" >= (select min(p.start_time) from earlier as p) and e."time" <= (select max(p.start_time) + interval 15 minute from earlier as p)
    group by e.trace_id, e.span_id
),
-- Who answered, and on which route the call was made.
beside as (
    select
        s.trace_id, s.span_id, s.parent_span_id, s.service_name, s.http_route, s.resource_id
    from spans as s
    semi join earlier as p on s.trace_id = p.old_trace_id
    where
        s.kind = 2 and s.start_time >= (select min(p.start_time) - interval 15 minute from earlier as p)
        and s.start_time <= (select max(p.start_time) + interval 1 minute from earlier as p)
),
shown as (
    select
        p.trace_id, p.request_span_id, p.name, p.span_id, p.start_time,
        case
            when p.db_system_name in @systems cache@ then 'cache'
            when p.db_system_name <> '' then 'database'
            when p.messaging_system <> '' then 'queue'
            else 'upstream'
        end as kind_of_callee,
        case
            when p.db_system_name <> '' then name_dependency(p.db_system_name, p.server_address, p.server_port, p.db_namespace)
            when p.messaging_system <> '' then name_dependency(p.messaging_system, p.server_address, p.server_port, '')
            when k.service_name is not null then name_service(coalesce(q.service_namespace, ''), k.service_name)
            else name_address(
                case when starts_with(p.url_full, 'https:') then 'https' else 'http' end,
                coalesce(nullif(p.server_address, ''), regexp_extract(p.url_full, '^[a-z]+://(?:[^/@]*@)?([^/:?#]+)', 1)), p.server_port::bigint
            )
        end as callee,
        coalesce(nullif(r.words, ''), nullif(p.status_message, ''), p.error_type) as words,
        coalesce(nullif(p.db_response_status_code, ''), r.error_code, '') as error_code, p.status,
        p.route <> '' and p.route = u.http_route as is_same_route
    from earlier as p
    left join raised as r on p.old_trace_id = r.trace_id and p.span_id = r.span_id
    left join beside as k on p.old_trace_id = k.trace_id and p.span_id = k.parent_span_id
    left join resources as q on k.resource_id = q.resource_id
    left join beside as u on p.old_trace_id = u.trace_id and p.parent_span_id = u.span_id
),
-- What one breaker guards is one callee; those of another service or database have breakers of their own.
fitting as (
    select
        t.*, min(t.callee) over (partition by t.trace_id, t.request_span_id) = max(t.callee) over (partition by t.trace_id, t.request_span_id) as is_alone,
        length(t.name) >= 3 and contains(lower(t.callee), t.name) as is_named,
        count(*) over (partition by t.trace_id, t.request_span_id, t.callee) as failures
    from shown as t
)
select
    f.trace_id, f.request_span_id, f.span_id, f.start_time, f.kind_of_callee, f.callee, f.words, f.error_code, f.status,
    case when f.is_named then 2 when f.is_same_route or f.is_alone then 1 else 0 end as fitness,
    f.failures
from fitting as f
qualify row_number() over (
    partition by f.trace_id, f.request_span_id order by f.is_named desc, f.is_same_route desc, f.start_time desc, f.span_id
) = 1
