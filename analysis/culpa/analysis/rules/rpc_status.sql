-- Which cause does the status of a remote procedure call name?
-- kind: direct
-- idle without: upstream_origins
-- The status stands on the call's span as a number or a name, in an exception in the spelling of its language.
with answered as (
    select
        o.*,
        case when regexp_matches(o.error_code, '^([0-9]{1,2}|[A-Z_]{4,20})$') and o.is_call then o.error_code
            else upper(replace(regexp_replace(
                regexp_extract(o.words, '(?:code = |^tonic::[A-Za-z:]+: status: |StatusCode[.="]+|StatusRuntimeException: |StatusException: |\b[0-9]{1,2} |Error: [0-9]{1,2}:|GRPC::|google\.api_core\.exceptions\.)([A-Z][A-Za-z_]+)', 1),
                '([a-z])([A-Z])', '\1_\2', 'g'), ' ', '_')) end as said
    from upstream_origins as o
    where o.status = 0 and not regexp_matches(o.callee, '^https?:')
),
meant as (
    select
        t.*,
        -- Nobody was there: why, the words tell.
        case
            when x.cause = 'upstream.unreachable' then @says rpc_unavailable (words: t.words)@
            -- The same status is given for what the caller itself would not send, which tells of nobody else,
            when x.cause = 'upstream.rate_limited' and @says sent_too_much (words: t.words)@ then ''
            -- and for an answer that is larger than the caller takes.
            when x.cause = 'upstream.rate_limited' and @says bad_payload (words: t.words, stack: t.stacktrace)@ then 'upstream.bad_payload'
            when x.cause = 'app.call_rejected' and @says upstream (words: t.words, stack: t.stacktrace, status: t.status::varchar)@ = 'database.serialization_failure' then 'database.serialization_failure'
            else x.cause
        end as cause
    from answered as t
    join code_meanings as x on x.system = 'grpc' and t.said = x.code
)
select
    m.trace_id, m.request_span_id, m.span_id, m.source, m.seen_at,
    m.service, m.callee, m.cause,
    case when m.cause = 'app.call_rejected' then trim(m.callee || ' ' || m.object) || ' ' || m.said else m.object end as object,
    m.location,
    m.share as strength,
    'the call ended with ' || m.said || ': ' || m.brief as statement
from meant as m
where m.cause <> ''
