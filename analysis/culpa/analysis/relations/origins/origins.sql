-- What may have begun each failure, as told by exceptions and failed calls of the blamed unit.
-- columns: trace_id, request_span_id, span_id, source, seen_at, words (type and message), brief (the same in one line), origin_type, error_code, status (HTTP
--   status of the callee, 0 if none), kind_of_callee ('' where the app itself speaks), callee (component name), service
--   (component name of the unit), host, object (query or endpoint asked), location, share (0..1: how surely it became the
--   failure), is_relay, is_call, in_app, handled, stacktrace, is_pool_wait (a span that waits for a connection of the app's own
--   pool ended in vain)
with raised as (
    select
        b.trace_id, b.request_span_id, r.span_id, r.source || ':' || case when r.source <> 'log' then r.span_id when r.log_id <> '' then r.log_id else r.exception_id end as source,
        r."time" as seen_at, r.words, r.origin_type, r.error_code, r.host as named_host, r.is_undiscovered,
        coalesce(n.kind_of_callee, r.kind_of_callee) as kind_of_callee, coalesce(n.callee, r.named_callee) as named_callee,
        coalesce(n.system, r.system) as system, b.service, b.host, r.location, r.is_relay, r.in_app, r.handled, r.stacktrace, b.unit_span_id,
        case
            when r.source = 'span' then 1.0
            -- Words of a logger, without the exception itself: it may have been dealt with.
            when r.origin_type = '' and r.joined_by = 'trace' then 0.75
            else least(0.95, r.surety)
        end as share
    from blamed as b
    join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
    left join listeners as n on r.exception_id = n.exception_id
),
-- The callee of a raised exception: the failed call that it repeats, else the last call to a component of its kind.
companion as (
    select
        x.trace_id, x.request_span_id, x.span_id,
        c.callee, c.query, c.error_code, c.status, c.callee_host, c.is_failed, c.callee_system, c.is_outlasted,
        c.is_pool_wait
    from raised as x
    join calls as c
        on x.trace_id = c.trace_id and x.request_span_id = c.request_span_id and x.unit_span_id = c.unit_span_id
        and (x.kind_of_callee = c.kind_of_callee) and (x.system = c.callee_system or c.callee_system = '' or x.system in ('mysql', 'other_sql', 'aws-api', 'smtp', 'ldap', 'rpc'))
    where
        x.named_host = '' or x.named_host = c.callee_host
        -- The error of a socket tells the number that the name was resolved to.
        or (c.is_failed and regexp_matches(x.named_host, '^[0-9.]+$|:') and not regexp_matches(c.callee_host, '^[0-9.]*$|:'))
    qualify row_number() over (
        partition by x.trace_id, x.request_span_id, x.span_id
        order by (
            -- The call whose status the words tell, of several that failed.
            case
                when c.is_failed and c.status >= 400 and x.is_relay and regexp_matches(x.words, '\b' || c.status || '\b') then 0
                when c.is_failed then 1
                else 2
            end,
            -c.end_ns
        )
    ) = 1
),
of_exceptions as (
    select
        x.trace_id, x.request_span_id, x.span_id, x.source, x.seen_at, x.words,
        left(regexp_replace(x.words, '\s+', ' ', 'g'), 160) as brief, x.origin_type,
        case when x.error_code <> '' then x.error_code else coalesce(c.error_code, '') end as error_code,
        case when x.is_undiscovered then 0 else coalesce(c.status, 0) end as status,
        x.kind_of_callee,
        case when coalesce(c.callee, '') <> '' and not x.is_undiscovered then c.callee else x.named_callee end as callee,
        x.service, x.host, coalesce(c.query, '') as object, x.location,
        -- That the caller waited in vain is the consequence of what kept the callee at work.
        case when coalesce(c.is_outlasted, false) then 0.3 * x.share else x.share end as share, x.is_relay, false as is_call, x.in_app, x.handled,
        x.stacktrace, coalesce(c.is_pool_wait, false) as is_pool_wait
    from raised as x
    left join companion as c on x.trace_id = c.trace_id and x.request_span_id = c.request_span_id and x.span_id = c.span_id
),
-- A client that leaves nothing but the kind of its error.
told as (
    select
        p.* replace (case when p.words = '' and regexp_matches(p.error_type, '[A-Za-z]{3}') and p.error_type <> '_OTHER' then p.error_type else p.words end as words)
    from passed_on as p
),
of_calls as (
    select
        p.trace_id, p.request_span_id, p.span_id, 'span:' || p.span_id as source, p.start_time as seen_at, p.words,
        left(regexp_replace(p.words, '\s+', ' ', 'g'), 160) as brief,
        case when p.words = p.error_type then p.words else regexp_extract(p.words, '^([A-Za-z_][A-Za-z0-9_.:]*): ', 1) end as origin_type,
        p.error_code, p.status, p.kind_of_callee, p.callee, b.service, b.host,
        case when p.query <> '' then p.query else p.url_path end as object,
        case when p.query <> '' then p.query else '' end as location,
        case when p.is_outlasted then 0.3 * p.share else p.share end as share, false as is_relay, true as is_call, false as in_app, false as handled, '' as stacktrace,
        p.is_pool_wait
    from blamed as b
    join told as p on b.trace_id = p.trace_id and b.request_span_id = p.request_span_id and b.unit_span_id = p.unit_span_id
)
select * from of_exceptions
union all
select * from of_calls
