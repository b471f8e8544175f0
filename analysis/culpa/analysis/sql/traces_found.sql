-- Which traces have a span that is as wanted, by who made it, what it did, how long it took, when, and its tags? All of one span, as
-- Jaeger and Tempo search; but the tags culpa.cause and culpa.component are those of the verdicts on the trace.
-- params: service varchar, operation varchar ('': all), least_ns bigint, most_ns bigint (how long; 0: no bound), since_ns bigint,
--         until_ns bigint (0: all), tag_keys varchar[], tag_vals varchar[] (each key once; its value as text), max_rows bigint
-- columns: trace_id, began_ns (of the newest span that is as wanted, ns since 1970), spans (how many it has); the newest first
with wanted as materialized (
    -- Absent is '' here: nothing has a tag without a value.
    select t.key, t.val
    from (select unnest($tag_keys) as key, unnest($tag_vals) as val) as t
    where t.val <> ''
),
timed as (
    select s.*
    from spans as s
    where ($service = '' or s.service_name = $service) and ($operation = '' or s.span_name = $operation)
        and ($least_ns = 0 or s.duration_ns >= $least_ns) and ($most_ns = 0 or s.duration_ns <= $most_ns)
        and ($since_ns = 0 or s.start_time >= make_timestamp_ns($since_ns)) and ($until_ns = 0 or s.start_time <= make_timestamp_ns($until_ns))
),
judged as materialized (
    select v.trace_id, w.key
    from verdicts as v
    join wanted as w on (w.key = 'culpa.cause' and v.cause = w.val) or (w.key = 'culpa.component' and v.component = w.val)
    group by all
),
raised as materialized (
    select e.trace_id, e.span_id, w.key
    from exceptions as e
    join wanted as w on (w.key = 'exception.type' and e.type = w.val) or (w.key = 'exception.message' and e.message = w.val)
    group by all
),
-- Each wanted tag that a span has.
tagged as (
    select s.trace_id, s.span_id, s.start_time, w.key
    from timed as s
    join wanted as w on
        attr(s.attr_keys, s.attr_vals, w.key) = w.val
        or case w.key
            when 'http.request.method' then s.http_request_method
            when 'http.route' then s.http_route
            when 'http.response.status_code' then s.http_response_status_code::varchar
            when 'url.path' then s.url_path
            when 'url.full' then s.url_full
            when 'url.scheme' then s.url_scheme
            when 'server.address' then s.server_address
            when 'server.port' then s.server_port::varchar
            when 'network.peer.address' then s.network_peer_address
            when 'network.peer.port' then s.network_peer_port::varchar
            when 'error.type' then s.error_type
            when 'db.system.name' then s.db_system_name
            when 'db.namespace' then s.db_namespace
            when 'db.operation.name' then s.db_operation_name
            when 'db.collection.name' then s.db_collection_name
            when 'db.query.text' then s.db_query_text
            when 'db.query.summary' then s.db_query_summary
            when 'db.response.status_code' then s.db_response_status_code
            when 'rpc.system' then s.rpc_system
            when 'rpc.service' then s.rpc_service
            when 'rpc.method' then s.rpc_method
            when 'rpc.response.status_code' then s.rpc_response_status_code
            when 'messaging.system' then s.messaging_system
            when 'messaging.destination.name' then s.messaging_destination_name
            when 'code.function.name' then s.code_function_name
            when 'code.file.path' then s.code_file_path
            when 'code.line.number' then s.code_line_number::varchar
            when 'peer.service' then s.peer_service
            when 'span.kind' then case s.kind when 1 then 'internal' when 2 then 'server' when 3 then 'client' when 4 then 'producer' when 5 then 'consumer' else '' end
            when 'error' then case s.status_code when 2 then 'true' else 'false' end
            when 'otel.status_code' then case s.status_code when 1 then 'OK' when 2 then 'ERROR' else '' end
            when 'otel.status_description' then s.status_message
            when 'otel.scope.name' then s.scope_name
            when 'otel.scope.version' then s.scope_version
            when 'w3c.tracestate' then s.trace_state
            else ''
        end = w.val
    union
    select s.trace_id, s.span_id, s.start_time, w.key
    from timed as s
    join resources as r on s.resource_id = r.resource_id
    join wanted as w on
        attr(r.attr_keys, r.attr_vals, w.key) = w.val
        or case w.key
            when 'service.name' then r.service_name
            when 'service.namespace' then r.service_namespace
            when 'service.version' then r.service_version
            when 'service.instance.id' then r.service_instance_id
            when 'deployment.environment.name' then r.deployment_environment_name
            when 'vcs.ref.head.revision' then r.vcs_ref_head_revision
            when 'host.name' then r.host_name
            when 'host.id' then r.host_id
            when 'process.pid' then r.process_pid::varchar
            when 'telemetry.sdk.language' then r.telemetry_sdk_language
            else ''
        end = w.val
    union
    select s.trace_id, s.span_id, s.start_time, j.key
    from timed as s
    join judged as j on s.trace_id = j.trace_id
    union
    select s.trace_id, s.span_id, s.start_time, e.key
    from timed as s
    join raised as e on s.trace_id = e.trace_id and s.span_id = e.span_id
),
fitting as (
    select s.trace_id, s.start_time from timed as s where len($tag_keys) = 0
    union all
    select t.trace_id, min(t.start_time) as start_time
    from tagged as t
    group by t.trace_id, t.span_id
    having count(distinct t.key) = len($tag_keys)
),
found as materialized (
    select f.trace_id, max(epoch_ns(f.start_time)) as began_ns
    from fitting as f
    group by f.trace_id
    order by began_ns desc, f.trace_id
    limit $max_rows
)
select f.trace_id, f.began_ns, count(*) as spans
from found as f
join spans as s on f.trace_id = s.trace_id
group by f.trace_id, f.began_ns
order by f.began_ns desc, f.trace_id
