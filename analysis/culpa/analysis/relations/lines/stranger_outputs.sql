-- Which of them cannot be of the request: it went to no app, to one in another language, or its own work tells that it ended otherwise?
-- one row per: log_id, trace_id, request_span_id
-- idle without: app_outputs
-- columns:
--   log_id, trace_id, request_span_id varchar: as in app_outputs
with works as (
    select s.trace_id, s.parent_span_id, min(s.service) as service
    from scoped_spans as s
    where s.kind = 2 and s.error_type <> 'process_died'
    group by s.trace_id, s.parent_span_id
),
served as (
    select
        o.log_id, o.trace_id, o.request_span_id, o.event_name, o.language, a.format, a.last_upstream, w.service is not null as has_work,
        coalesce(w.service, k.service) as service
    from app_outputs as o
    join scoped_access as a on o.trace_id = a.trace_id and o.request_span_id = a.span_id
    left join works as w on a.trace_id = w.trace_id and a.span_id = w.parent_span_id
    join known_services as k on a.trace_id = k.trace_id and a.span_id = k.span_id
),
languages as (
    select
        s.log_id, s.trace_id, s.request_span_id,
        bool_or(r.telemetry_sdk_language = s.language) as is_one, bool_or(r.telemetry_sdk_language <> s.language) as is_other
    from served as s
    join resources as r on s.service = name_service(coalesce(r.service_namespace, ''), r.service_name)
    where r.telemetry_sdk_language <> ''
    group by s.log_id, s.trace_id, s.request_span_id
)
select s.log_id, s.trace_id, s.request_span_id
from served as s
left join languages as n on s.log_id = n.log_id and s.trace_id = n.trace_id and s.request_span_id = n.request_span_id
where
    (s.format in @formats names_upstream@ and s.last_upstream = '')
    or (coalesce(n.is_other, false) and not coalesce(n.is_one, false))
    -- A script that is ended so leaves the exception on its span.
    or (s.has_work and s.event_name in ('script.timeout', 'memory.exhausted'))
