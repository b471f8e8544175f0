-- The unit at the end of each way: the one process whose work on the request went wrong first.
-- one row per: trace_id, request_span_id
-- idle without: requests
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   unit_span_id varchar: the unit
--   steps integer: how far down the way it lies, 0 where the request itself is the unit
--   truncated boolean: as in requests
--   has_spans boolean: the app behind the web server sent any
--   last_upstream varchar: address that the web server forwarded to last, '' if none
--   line_span_id, web_server, format, handler varchar, is_answered_at_once boolean, access_id varchar, line_status usmallint,
--     line_start_ns, line_end_ns, line_duration_ns bigint, upstream_address varchar, last_upstream_status integer,
--     upstream_connect_ns, upstream_header_ns bigint: of the last web server's line on the way, '', 0 or -1 where no access log has it
--   is_given_up boolean: the web server had answered 504 by itself, while the unit's work went on
--   host_name, host_id varchar, process_pid bigint: of the unit, '' and 0 if not known
--   service varchar: component name of the app: its service.name, else the service known at that address, else the address
--   upstream varchar: component name of the address that the web server forwarded to, '' if it forwarded nothing
--   host varchar: component name of the unit's machine, '' if not known
with last_step as (
    select p.* from path as p
    qualify row_number() over (partition by p.trace_id, p.request_span_id order by p.step desc) = 1
),
last_line as (
    select p.trace_id, p.request_span_id, p.step as line_step, a.* exclude (trace_id)
    from path as p
    join scoped_access as a on p.trace_id = a.trace_id and p.unit_span_id = a.span_id
    qualify row_number() over (partition by p.trace_id, p.request_span_id order by p.step desc) = 1
),
-- The error log knows the scheme of the address (http, fastcgi, uwsgi); the access line does not.
shown as (
    select
        r.trace_id, r.request_span_id, max(regexp_extract(l.upstream_address, '^([a-z]+)://', 1)) as scheme,
        max_by(passed_on_host(l.upstream_address), epoch_ns(l."time") + case when regexp_matches(l.upstream_address, ':[0-9]+(/|$)|unix:/') then 100000000000000000 else 0 end)
            filter (where l.upstream_address <> '') as address,
        -- Whose start failed, where only one did.
        case when count(distinct l.service_name) filter (where l.event_name = 'process.boot_failed' and l.format in @formats sent@) = 1
            then max(l.service_name) filter (where l.event_name = 'process.boot_failed' and l.format in @formats sent@) else '' end as starting
    from requests as r
    join last_line as n on r.trace_id = n.trace_id and r.request_span_id = n.request_span_id
    join scoped_logs as l on r.trace_id = l.trace_id and l.request_span_id in ('', r.request_span_id, n.span_id)
    where l.upstream_address <> '' or (l.event_name = 'process.boot_failed' and l.format in @formats sent@)
    group by r.trace_id, r.request_span_id
),
-- An app's own output about the request: it is no script that the web server runs itself, and may bear a name.
spoken as (
    select
        r.trace_id, r.request_span_id,
        case when count(distinct l.service_name) filter (where l.service_name <> '') = 1 then max(l.service_name) else '' end as name
    from requests as r
    join scoped_logs as l on r.trace_id = l.trace_id and l.request_span_id in ('', r.request_span_id)
    where l.severity_number >= 17 and (@format language: l.format@ <> '' or (l.service_name <> '' and l.format in @formats names_service@))
    group by r.trace_id, r.request_span_id
),
-- Who worked on it, where the span that should hold that work together never arrived.
loose as (
    select t.trace_id, t.request_span_id, t.unit_span_id, min(s.service) as service
    from last_line as n
    join tree as t on n.trace_id = t.trace_id and n.request_span_id = t.request_span_id and n.span_id = t.unit_span_id
    join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
    where t.span_id <> t.unit_span_id and s.service_name <> n.service_name
    group by t.trace_id, t.request_span_id, t.unit_span_id
    having count(distinct s.service) = 1
),
named as (
    select
        l.trace_id, l.request_span_id, l.unit_span_id, l.step as steps, r.truncated,
        case when l.unit_span_id = n.span_id then coalesce(o.service, '') else coalesce(s.service, '') end as span_service,
        o.service is not null or (s.span_id is not null and (n.span_id is null or s.span_id <> n.span_id)) as has_spans,
        case
            when n.last_upstream <> '' then n.last_upstream
            when t.address <> '' then t.address
            else coalesce(n.passed_on_address, '')
        end as last_upstream, coalesce(t.starting, '') as starting,
        p.trace_id is not null as is_spoken, coalesce(p.name, '') as spoken_name,
        coalesce(g.service, v.service, '') as guessed_service, l.step - n.line_step <= 1 as is_next,
        case
            when coalesce(t.scheme, '') <> '' then t.scheme
            when starts_with(n.passed_on_to, 'fcgi:') then 'fastcgi'
            when n.passed_on_to <> '' then regexp_extract(n.passed_on_to, '^[a-z]+')
            when n.upstream_name = '' and regexp_matches(coalesce(nullif(n.last_upstream, ''), t.address, ''), '^unix:.*(php|fpm)') then 'fastcgi'
            -- A script's address without a name is FastCGI's, where the format names what is proxied to by HTTP.
            when n.upstream_name = '' and n.format in @formats names_http@ and regexp_matches(n.url_path || ' ' || n.rewritten_path, '\.php( |$)')
                then 'fastcgi'
            else 'http'
        end as upstream_scheme,
        coalesce(n.span_id, '') as line_span_id, coalesce(n.service_name, '') as web_server, coalesce(n.format, '') as format,
        coalesce(n.handler, '') as handler, coalesce(n.is_answered_at_once, false) as is_answered_at_once, coalesce(n.access_id, '') as access_id,
        coalesce(n.http_response_status_code, 0) as line_status, coalesce(n.start_ns, 0) as line_start_ns,
        coalesce(n.end_ns, 0) as line_end_ns, coalesce(n.duration_ns, 0) as line_duration_ns,
        coalesce(n.upstream_address, '') as upstream_address, coalesce(n.last_upstream_status, 0) as last_upstream_status,
        coalesce(n.upstream_connect_ns, -1) as upstream_connect_ns, coalesce(n.upstream_header_ns, -1) as upstream_header_ns,
        coalesce(n.http_response_status_code, 0) = 504 and u.trace_id is not null as is_given_up,
        coalesce(s.host_name, '') as host_name, coalesce(s.host_id, '') as host_id, coalesce(s.process_pid, 0) as process_pid
    from last_step as l
    join requests as r on l.trace_id = r.trace_id and l.request_span_id = r.request_span_id
    left join last_line as n on l.trace_id = n.trace_id and l.request_span_id = n.request_span_id
    left join scoped_spans as s on l.trace_id = s.trace_id and l.unit_span_id = s.span_id
    left join shown as t on l.trace_id = t.trace_id and l.request_span_id = t.request_span_id
    left join spoken as p on l.trace_id = p.trace_id and l.request_span_id = p.request_span_id
    left join loose as o on l.trace_id = o.trace_id and l.request_span_id = o.request_span_id and l.unit_span_id = o.unit_span_id
    left join outlived as u on l.trace_id = u.trace_id and l.request_span_id = u.request_span_id and l.unit_span_id = u.unit_span_id
    left join guessed_services as g on n.trace_id = g.trace_id and n.span_id = g.span_id
    left join lone_speakers as v on n.trace_id = v.trace_id and n.span_id = v.request_span_id
)
select
    n.* exclude (span_service, guessed_service, is_next, upstream_scheme, starting, is_spoken, spoken_name),
    case
        when n.span_service <> '' then n.span_service
        when k.service is not null then k.service
        when n.guessed_service <> '' then n.guessed_service
        when n.starting <> '' then n.starting
        when n.last_upstream <> '' then n.upstream_scheme || '://' || n.last_upstream
        when n.is_spoken then n.spoken_name
        -- What a gateway passed the request on to without naming it is not the gateway.
        when n.format in @formats tells_reason@ then ''
        else n.web_server
    end as service,
    case
        when k.service is not null then k.service
        when n.guessed_service <> '' then n.guessed_service
        -- Who sent a span of its own from there.
        when n.is_next and n.span_service <> '' and n.last_upstream <> '' then n.span_service
        when n.last_upstream <> '' then n.upstream_scheme || '://' || n.last_upstream
        else ''
    end as upstream,
    case
        when n.host_name <> '' then 'host:' || n.host_name
        when n.host_id <> '' then 'host:' || n.host_id
        else ''
    end as host
from named as n
left join learnt_services as k on n.last_upstream = k.upstream_address
