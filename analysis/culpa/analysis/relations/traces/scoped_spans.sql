-- Every span of the traces to be judged once, with the component it belongs to and the one it calls.
-- one row per: trace_id, span_id
-- idle without: spans
-- columns:
--   trace_id, span_id, parent_span_id varchar, start_time timestamp_ns, duration_ns bigint, service_name, span_name varchar,
--     kind, status_code utinyint, status_message varchar, resource_id ubigint, http_request_method, http_route varchar,
--     http_response_status_code usmallint, url_path, error_type, db_namespace, db_query_text, db_query_summary,
--     db_response_status_code, rpc_response_status_code, messaging_destination_name, code_function_name varchar: as in spans
--   is_noise boolean: a framework's own send or receive span, red only because the answer was
--   is_cut boolean: an app says so of an answer that broke off
--   service varchar: component name of who sent it
--   host_name, host_id varchar, process_pid bigint: of its resource, '' and 0 if not known
--   start_ns, end_ns bigint: ns since 1970
--   callee_system varchar: what was called: a system's name, 'http', 'rpc' or ''
--   callee_host varchar, callee_port bigint: where, '' and 0 if not known
--   kind_of_callee varchar: 'database', 'cache', 'queue', 'upstream' or ''
--   is_entry boolean: an HTTP request came in
--   work varchar: what kind of work begins with it: 'request', 'task', 'message', 'job', or '' where none does
--   is_call boolean: something was asked of another component
--   callee varchar: component name of who was called, '' if nobody
with theirs as (
    select s.*
    from spans as s
    semi join in_scope as w on s.trace_id = w.trace_id
    -- Work that has a request of record elsewhere is no request of its own.
    anti join leaked as l on s.trace_id = l.old_trace_id and l.is_whole
    where s.start_time >= make_timestamp_ns($since_ns) or s.start_time <= make_timestamp_ns(0)
    union all
    select
        s.* replace (
            l.trace_id as trace_id,
            case when s.span_id = l.old_span_id then l.span_id else s.parent_span_id end as parent_span_id,
            case when s.span_id = l.old_span_id then 2 else s.kind end as kind
        )
    from spans as s
    join leaked as l on s.trace_id = l.old_trace_id
    where s.start_time between l.from_time and l.to_time
),
sent as materialized (
    select
        s.trace_id, s.span_id, s.parent_span_id, s.start_time, s.duration_ns, s.service_name, s.span_name, s.kind,
        -- .NET's server leaves a procedure call unset that ended in an error of its own.
        case when s.kind = 2 and s.status_code = 0
            and s.rpc_response_status_code in @codes grpc: upstream.error_response upstream.unreachable upstream.timeout@ then 2::utinyint
            else s.status_code end as status_code,
        s.status_message, s.resource_id, s.http_request_method, s.http_route,
        -- Envoy gives no status to a request whose client left.
        case when s.http_response_status_code = 0 and s.kind in (2, 3)
            and list_contains(string_split(attr(s.attr_keys, s.attr_vals, 'response_flags'), ','), 'DC') then 499::usmallint
            else s.http_response_status_code end as http_response_status_code,
        s.url_path, s.url_full,
        s.url_scheme, s.server_address, s.server_port, s.network_peer_address, s.network_peer_port,
        -- The older conventions know no error.type: then our own words tell of a process that left its span open.
        case when s.error_type = '' and regexp_matches(s.status_message, '^process [0-9]{1,10} died while it worked on this request') then 'process_died'
            else s.error_type end as error_type,
        s.db_system_name, s.db_namespace, s.db_query_text, s.db_query_summary, s.db_response_status_code, s.rpc_system,
        s.rpc_service, s.rpc_response_status_code, s.messaging_system, s.messaging_destination_name, s.code_function_name,
        -- A framework's own send and receive spans: red only because the answer was.
        s.kind = 1 and (
            s.span_name like '% http send' or s.span_name like '% http receive'
            or s.span_name like '% websocket send' or s.span_name like '% websocket receive'
        ) as is_noise,
        s.status_code = 2 and attr(s.attr_keys, s.attr_vals, 'culpa.response.cut') = 'true' as is_cut,
        -- What somebody set going other than by a request; what a span of a client or producer begins is asked of another.
        case
            when s.kind not in (0, 1, 5) or (s.kind <> 5 and s.parent_span_id <> '') then ''
            when list_contains(@tasks system@, s.messaging_system) or list_has_any(s.attr_keys, @tasks attribute@)
                or list_contains(@tasks scope@, s.scope_name) then 'task'
            when s.kind = 5 then 'message'
            -- An inner span that asks a system is a call of whoever sent it, even where nobody tells of more.
            when s.db_system_name <> '' or s.messaging_system <> '' then ''
            else 'job'
        end as other_work
    from theirs as s
),
-- Few are sent twice; to sort all of them costs more than to look for those, by half of what tells them apart.
twice as (
    select s.span_id from sent as s group by s.span_id having count(*) > 1
),
once as (
    select s.* from sent as s
    anti join twice as t on s.span_id = t.span_id
    union all
    select s.* from sent as s
    semi join twice as t on s.span_id = t.span_id
    qualify row_number() over (partition by s.trace_id, s.span_id order by s.start_time) = 1
),
owned as (
    select
        o.*,
        name_service(coalesce(r.service_namespace, ''), o.service_name) as service,
        coalesce(r.host_name, '') as host_name,
        coalesce(r.host_id, '') as host_id,
        coalesce(r.process_pid, 0) as process_pid
    from once as o
    left join resources as r on o.resource_id = r.resource_id
),
called as (
    select
        o.*,
        epoch_ns(o.start_time) as start_ns,
        epoch_ns(o.start_time) + o.duration_ns as end_ns,
        case
            when o.db_system_name <> '' then o.db_system_name
            when o.messaging_system <> '' then o.messaging_system
            when o.kind = 3 and (o.url_full <> '' or o.http_request_method <> '' or o.http_response_status_code > 0) then 'http'
            when o.kind = 3 and o.rpc_system <> '' then 'rpc'
            -- A client that tells no more than whom it asked.
            when o.kind = 3 and o.server_address <> '' then 'http'
            else ''
        end as callee_system,
        case when o.url_full = '' then '' else regexp_extract(o.url_full, '^([a-z][a-z0-9+.-]*)://', 1) end as url_scheme_of_call,
        case when o.url_full = '' then '' else regexp_extract(o.url_full, '^[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(\[[^\]]+\]|[^/:?#]+)', 1) end as url_host,
        case when o.url_full = '' then '' else regexp_extract(o.url_full, '^[a-z][a-z0-9+.-]*://(?:[^/@]*@)?(?:\[[^\]]+\]|[^/:?#]+):([0-9]{1,5})', 1) end as url_port
    from owned as o
),
addressed as (
    select
        c.*,
        -- Asterisks are what a redaction on the way left: no name of a host, and the same for all.
        case when trim(c.server_address, '*') <> '' then c.server_address when trim(c.url_host, '*') <> '' then c.url_host
            when c.kind in (3, 4) and c.callee_system <> 'http' and trim(c.network_peer_address, '*') <> '' then c.network_peer_address
            else '' end as callee_host,
        case when c.server_port > 0 then c.server_port::bigint when c.url_port <> '' then c.url_port::bigint
            when c.kind in (3, 4) and c.server_address = '' and c.url_host = '' and c.callee_system <> 'http' then c.network_peer_port::bigint else 0 end as callee_port,
        case when c.url_scheme_of_call <> '' then c.url_scheme_of_call when c.url_scheme <> '' then c.url_scheme
            when c.server_port = 443 then 'https' else 'http' end as callee_scheme,
        case
            when c.callee_system in @systems cache@ then 'cache'
            when c.db_system_name <> '' then 'database'
            when c.messaging_system <> '' then 'queue'
            when c.callee_system in ('http', 'rpc') then 'upstream'
            -- Who sends messages and does not say by what.
            when c.kind = 4 then 'queue'
            else ''
        end as kind_of_callee
    from called as c
)
select
    a.trace_id, a.span_id, a.parent_span_id, a.start_time, a.duration_ns, a.service_name, a.span_name, a.kind, a.status_code,
    a.status_message, a.resource_id, a.http_request_method, a.http_route, a.http_response_status_code, a.url_path, a.error_type,
    a.db_namespace, a.db_query_text, a.db_query_summary, a.db_response_status_code, a.rpc_response_status_code, a.messaging_destination_name,
    a.code_function_name, a.is_noise, a.is_cut,
    a.service, a.host_name, a.host_id, a.process_pid, a.start_ns, a.end_ns, a.callee_system, a.callee_host, a.callee_port,
    a.kind_of_callee,
    a.kind = 2 and (
        a.http_response_status_code > 0 or a.http_request_method <> '' or a.http_route <> '' or a.url_path <> ''
    ) as is_entry,
    case when a.is_noise then '' when is_entry then 'request' else a.other_work end as work,
    a.kind_of_callee <> '' and a.kind in (1, 3, 4) and a.other_work = '' as is_call,
    case
        when a.kind_of_callee = '' or a.callee_system = '' then ''
        when a.callee_system = 'http' then name_address(a.callee_scheme, a.callee_host, a.callee_port)
        when a.callee_system = 'rpc' then case when a.rpc_service <> '' and a.callee_host = '' then a.rpc_service
            else name_address(case when a.rpc_system = 'aws-api' then 'https' else 'grpc' end, a.callee_host, a.callee_port) end
        else name_dependency(
            -- Who is on call is so for the broker, not for one of its queues.
            a.callee_system, a.callee_host, a.callee_port, a.db_namespace
        )
    end as callee
from addressed as a
