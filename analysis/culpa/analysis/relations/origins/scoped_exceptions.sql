-- Exceptions of the failed requests, with what their words say.
-- one row per: trace_id, request_span_id, exception_id
-- idle without: requests, exceptions
-- columns:
--   exception_id varchar: as in exceptions
--   trace_id, request_span_id varchar: the failed request
--   span_id varchar: as in exceptions
--   unit_span_id varchar: the unit in whose work it was raised
--   time timestamp_ns, time_ns bigint: UTC, and ns since 1970
--   source, log_id varchar, handled boolean, service_name varchar: as in exceptions
--   depth integer: of the span it stands on, as in tree
--   joined_by varchar, surety double: of the log line that tells of it, as in joined_logs; 'trace' and 1 on a span
--   is_placed boolean: on a span that we know
--   on_unit boolean: on the span that answered, or in a log without a deeper span
--   message, origin_type, origin_message, error_code varchar: as in exceptions
--   words varchar: type and message of the origin
--   stacktrace varchar: as in exceptions
--   location varchar: file, line and function where it was raised, '' if not known
--   in_app boolean, fingerprint varchar: as in exceptions
--   system, host, kind_of_callee, named_callee varchar: of the component that it speaks of, '' if of none
--   is_relay, is_from_library boolean: as in exceptions
--   is_undiscovered boolean: a discovery client found nobody to answer for the service that it names
--   is_answer boolean: a framework's way to answer with a status, and nothing behind it
with app_units as (
    -- The app's unit nearest to the web server, else the web server's own line: where the app's log file speaks.
    select r.trace_id, r.request_span_id, coalesce(min_by(t.unit_span_id, t.depth), r.request_span_id) as unit_span_id,
        coalesce(min(t.depth), 0) as depth
    from requests as r
    left join tree as t
        on r.trace_id = t.trace_id and r.request_span_id = t.request_span_id and t.span_id = t.unit_span_id and t.depth > 0
    group by r.trace_id, r.request_span_id
),
placed as (
    select e.*, t.request_span_id, t.unit_span_id, t.depth, 'trace' as joined_by, 1.0 as surety, true as is_placed
    from own_exceptions as e
    join tree as t on e.trace_id = t.trace_id and e.span_id = t.span_id
    union all
    -- Logged without a span that we know: work of the service that logged it, if it had a part in the request.
    select
        e.*, t.request_span_id, min_by(t.unit_span_id, t.depth) as unit_span_id, min(t.depth) as depth, 'trace' as joined_by, 1.0 as surety,
        false as is_placed
    from own_exceptions as e
    join tree as t on e.trace_id = t.trace_id and t.span_id = t.unit_span_id
    join scoped_spans as s on t.trace_id = s.trace_id and t.unit_span_id = s.span_id and e.service_name = s.service_name
    anti join scoped_spans as k on e.trace_id = k.trace_id and e.span_id = k.span_id
    group by all
    union all
    -- Sent as a log record by the one service that is heard of, none of whose spans arrived.
    select e.*, a.request_span_id, a.unit_span_id, a.depth, 'trace' as joined_by, 1.0 as surety, false as is_placed
    from own_exceptions as e
    join lone_speakers as k on e.trace_id = k.trace_id and e.service_name = k.service
    join app_units as a on k.trace_id = a.trace_id and k.request_span_id = a.request_span_id
    union all
    -- Read from a server's log file, whose line was joined to the request.
    select
        e.* exclude (resource_id, type, chain, attr_keys, attr_vals, attributes) replace (u.trace_id as trace_id),
        u.request_span_id, u.unit_span_id, u.depth, l.joined_by, l.surety, false as is_placed
    from exceptions as e
    join scoped_logs as l on e.log_id = l.log_id
    join app_units as u on l.trace_id = u.trace_id and l.request_span_id in ('', u.request_span_id)
    anti join tree as t on e.trace_id = t.trace_id and e.span_id = t.span_id
    -- A web server that goes on with its caller's trace knows no span in it; that of an app whose spans are lost never arrived.
    where
        e.log_id <> ''
        and (e.trace_id = '' or (l.format not in @formats sent@ and (e.trace_id, e.span_id) not in (select (k.trace_id, k.span_id) from scoped_spans as k)))
),
once as (
    -- Asterisks are what a redaction left of an address.
    select * replace (case when trim(callee_address, '*') = '' then '' else callee_address end as callee_address) from placed
    qualify row_number() over (partition by trace_id, request_span_id, exception_id order by (not is_placed, depth, -surety)) = 1
)
select
    o.exception_id, o.trace_id, o.request_span_id, o.span_id, o.unit_span_id, o."time", epoch_ns(o."time") as time_ns, o.source, o.log_id,
    o.handled, o.service_name, o.depth, o.joined_by, o.surety, o.is_placed,
    not o.is_placed or o.span_id = o.unit_span_id as on_unit,
    o.message, o.origin_type, o.origin_message, o.error_code, case when o.origin_type = '' then '' else o.origin_type || ': ' end || o.origin_message as words, o.stacktrace,
    case when o.code_file_path = '' then '' else o.code_file_path || ':' || o.code_line_number || ' ' || o.code_function_name end as location,
    o.in_app, o.fingerprint,
    o.callee_system as system, o.callee_address as host,
    case
        when o.callee_service <> '' then 'upstream'
        when o.callee_system in @systems cache@ then 'cache'
        when o.callee_system in @systems queue@ then 'queue'
        when o.callee_system in @systems upstream@ then 'upstream'
        when o.callee_system <> '' then 'database'
        else ''
    end as kind_of_callee,
    case
        -- A discovery client names the service that it found nobody to answer for: no call was ever made.
        when o.callee_service <> '' then o.callee_service
        -- Of a bare socket only the address is known.
        when o.callee_system = '' or o.callee_system in @systems upstream@ then
            name_address(
                case
                    when o.callee_scheme <> '' then o.callee_scheme
                    when o.callee_port = 443 then 'https'
                    -- Whoever could not agree on TLS had been asked by it.
                    when o.callee_address <> '' and @says socket (words: o.origin_type || ': ' || o.origin_message)@ = 'upstream.tls' then 'https'
                    else 'http'
                end,
                o.callee_address, o.callee_port::bigint
            )
        -- A wrapper that serves many databases names none.
        when o.callee_system = 'other_sql' and o.callee_address = '' then ''
        else name_dependency(o.callee_system, o.callee_address, o.callee_port::bigint, o.callee_namespace)
    end as named_callee,
    o.is_relay, o.is_from_library, o.callee_service <> '' as is_undiscovered,
    -- Clients name what they were answered as frameworks name what they answer.
    @says own_answer (type: o.origin_type)@ and not (o.callee_system <> '' and (o.is_from_library or o.is_relay)) as is_answer
from once as o
