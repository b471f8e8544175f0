-- What may have begun each failure, as shown by exceptions and failed calls of the blamed unit.
-- one row per: trace_id, request_span_id, span_id, is_call
-- idle without: blamed
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   span_id, source varchar: where it stands, and how evidence names it
--   seen_at timestamp_ns: when it happened
--   words, brief varchar: type and message, and the same in one line
--   origin_type, error_code varchar: of the origin exception, '' if not known
--   status usmallint: HTTP status of the callee, 0 if none
--   kind_of_callee varchar: 'database', 'cache', 'queue', 'upstream', or '' where the app itself speaks
--   callee varchar: component name, '' if not known
--   service, host varchar: component names of the unit and its machine
--   object varchar: query or endpoint asked
--   location varchar: file, line and function where it was raised; the query of a call
--   share double: 0..1, how surely it became the failure
--   is_relay boolean: the exception tells of another's answer
--   is_call boolean: a failed call, not an exception
--   in_app, handled boolean: it was raised in the app's own code; the app caught it and answered for it
--   is_from_library boolean: raised by a statement of a library, not of the app
--   stacktrace varchar: '' of a call
--   is_pool_wait boolean: a span that waits for a connection of the app's own pool ended in vain
-- The only failed call of each unit's work.
with lone as (
    select c.trace_id, c.request_span_id, c.unit_span_id, min(c.kind_of_callee) as kind_of_callee, min(c.callee) as callee,
        min(c.callee_system) as system, min(c.end_ns) as end_ns
    from calls as c
    where c.is_failed and not c.is_recovered
    group by c.trace_id, c.request_span_id, c.unit_span_id
    having count(*) = 1
),
-- Brokers that are stores as well: their client speaks of them as of a store.
brokers as (
    select c.trace_id, c.request_span_id, c.unit_span_id, c.callee_system as system
    from calls as c
    where c.is_failed and not c.is_recovered and c.callee_system in @systems cache@
    group by c.trace_id, c.request_span_id, c.unit_span_id, c.callee_system
    having bool_and(c.kind_of_callee = 'queue')
),
raised as (
    select
        b.trace_id, b.request_span_id, r.span_id, case when r.source = 'log' then 'log:' else 'span:' end || case when r.source <> 'log' then r.span_id when r.log_id <> '' then r.log_id else r.exception_id end as source,
        r."time" as seen_at, r.words, r.origin_type, r.error_code, r.host as named_host, r.is_undiscovered,
        coalesce(n.kind_of_callee, f.kind_of_callee, case when q.system is not null then 'queue' end, r.kind_of_callee) as kind_of_callee, coalesce(n.callee, f.callee, r.named_callee) as named_callee,
        coalesce(n.system, f.system, r.system) as system, b.service, b.host, r.location, r.is_relay, r.in_app, r.handled, r.is_from_library, r.stacktrace, b.unit_span_id,
        case
            when r.source = 'span' then 1.0
            -- Words of a logger, without the exception itself: it may have been dealt with.
            when r.origin_type = '' and r.joined_by = 'trace' then 0.75
            else least(0.95, r.surety)
        end as share
    from blamed as b
    join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
    left join brokers as q on r.trace_id = q.trace_id and r.request_span_id = q.request_span_id and r.unit_span_id = q.unit_span_id and r.system = q.system
    left join listeners as n on r.exception_id = n.exception_id
    -- The bare error of a socket, without a word of whose it was.
    left join lone as f
        on r.trace_id = f.trace_id and r.request_span_id = f.request_span_id and r.unit_span_id = f.unit_span_id
        and r.kind_of_callee = '' and r.host = '' and f.end_ns <= r.time_ns + 5000000 and @says socket (words: r.words)@ <> ''
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
        and (x.kind_of_callee = c.kind_of_callee) and (x.system = c.callee_system or c.callee_system = '' or x.system in ('mysql', 'other_sql') or (x.system in @systems upstream@ and x.system <> 'http'))
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
        x.is_from_library, x.stacktrace, coalesce(c.is_pool_wait, false) as is_pool_wait
    from raised as x
    left join companion as c on x.trace_id = c.trace_id and x.request_span_id = c.request_span_id and x.span_id = c.span_id
),
-- A client that leaves nothing but the kind of its error.
shown as (
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
        case when p.is_outlasted then 0.3 * p.share else p.share end as share, false as is_relay, true as is_call, false as in_app, false as handled, false as is_from_library, '' as stacktrace,
        p.is_pool_wait
    from blamed as b
    join shown as p on b.trace_id = p.trace_id and b.request_span_id = p.request_span_id and b.unit_span_id = p.unit_span_id
)
select * from of_exceptions
union all
select * from of_calls
