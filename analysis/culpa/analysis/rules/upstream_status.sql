-- Did another service answer with an error that became the failure, or refuse what it was asked?
-- kind: direct
-- idle without: upstream_origins
with answered as (
    select
        o.*,
        case when o.status > 0 then o.status
            else coalesce(
                try_cast(regexp_extract(o.words, '(?i)(?:status(?:[ _]?code)?(?:[:=]| of| was not ok:| does not indicate success:)?|error ''|HTTP(?:/[0-9.]+)?(?: Error)?|(?:response|error) \(?code:?|\bserver response:|googleapi: error|\bresponse|"status":|https?://[^ "]{1,200}"?:) ?\(?([45][0-9]{2})\b', 1) as integer),
                try_cast(regexp_extract(o.words, '\b([45][0-9]{2}) (?:Server|Client) Error', 1) as integer),
                -- 503 Service Unavailable: a bare number means a status only where the type says that an answer came.
                case when o.is_relay then try_cast(regexp_extract(o.words, '(?:: \[?|resulted in a `)([45][0-9]{2})(?:[ ,\]]|$)', 1) as integer) end,
                0) end as answer
    from upstream_origins as o
    where o.is_call or o.is_relay
),
heard as (
    -- Asked once: DuckDB compiles each pattern wherever it stands.
    select a.*, @says upstream (words: a.words, stack: a.stacktrace, status: a.status::varchar)@ as said
    from answered as a
),
meant as (
    select
        a.*,
        case
            -- Some say that too much was asked with a 403.
            when a.answer = 403 and a.said = 'upstream.rate_limited' then 'upstream.rate_limited'
            -- A cluster knows very well who asks, and some refuse the identity itself with a 400.
            when a.answer in (400, 403) and a.said = 'config.permission_denied' then 'config.permission_denied'
            when a.answer = 400 and a.said = 'config.bad_credentials' then 'config.bad_credentials'
            when a.answer in (409, 449) and a.said = 'database.serialization_failure' then 'database.serialization_failure'
            when a.answer in (401, 403) then 'config.bad_credentials'
            when a.answer = 429 then 'upstream.rate_limited'
            -- Who refuses what it was asked is well; others of 4xx speak of time, of the way there, or of an early request.
            when a.answer between 400 and 499 and a.answer not in (407, 408, 421, 425) then 'app.call_rejected'
            else 'upstream.error_response'
        end as cause
    from heard as a
)
select
    a.trace_id, a.request_span_id, a.span_id, a.source, a.seen_at,
    a.service, a.callee, a.cause,
    case when a.cause = 'app.call_rejected' then trim(a.callee || ' ' || a.object) || ' ' || a.answer else a.object end as object,
    a.location,
    case
        when coalesce(a.is_handed_on, false) then 0.2
        -- That it was well all the same is known of who sends telemetry.
        when a.cause = 'app.call_rejected' and (a.callee = '' or contains(a.callee, '://')) then 0.3
        else 1.0
    end * a.share as strength,
    case when a.callee = '' then 'the service that was called' else a.callee end || ' answered ' || a.answer as statement
from meant as a
-- 502 to 504 may be the gateway's own word for a callee that it never reached.
where a.answer >= 400 and not (coalesce(a.is_handed_on, false) and a.answer in (502, 503, 504))
