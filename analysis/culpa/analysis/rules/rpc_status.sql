-- Which cause does the status of a remote procedure call name?
-- kind: direct
-- idle without: upstream_origins
-- The status stands on the call's span as a number or a name, in an exception in the spelling of its language.
with told as (
    select
        o.*,
        case when regexp_matches(o.error_code, '^([0-9]{1,2}|[A-Z_]{4,20})$') and o.is_call then o.error_code
            else upper(replace(regexp_replace(
                regexp_extract(o.words, '(?:code = |StatusCode[.="]+|StatusRuntimeException: |StatusException: |\b[0-9]{1,2} |Error: [0-9]{1,2}:|GRPC::|google\.api_core\.exceptions\.)([A-Z][A-Za-z_]+)', 1),
                '([a-z])([A-Z])', '\1_\2', 'g'), ' ', '_')) end as said
    from upstream_origins as o
    where o.status = 0 and not regexp_matches(o.callee, '^https?:')
),
meant as (
    select
        t.*,
        case
            when t.said in ('4', 'DEADLINE_EXCEEDED') then 'upstream.timeout'
            when t.said in ('14', 'UNAVAILABLE', 'SERVICE_UNAVAILABLE') then
                case
                    when regexp_matches(t.words, '(?i)resolv|no such host|name or service not known|ENOTFOUND|UnknownHost') then 'upstream.dns'
                    when regexp_matches(t.words, '(?i)certificate|\btls\b|\bssl\b|handshake') then 'upstream.tls'
                    else 'upstream.unreachable'
                end
            when t.said in ('8', 'RESOURCE_EXHAUSTED', 'TOO_MANY_REQUESTS') then 'upstream.rate_limited'
            when t.said in ('7', '16', 'PERMISSION_DENIED', 'UNAUTHENTICATED', 'FORBIDDEN', 'UNAUTHORIZED') then 'config.bad_credentials'
            when t.said in ('2', '3', '5', '6', '9', '10', '11', '12', '13', '15', 'UNKNOWN', 'INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS',
                'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'DATA_LOSS', 'INTERNAL_SERVER_ERROR') then 'upstream.error_response'
            else ''
        end as cause
    from told as t
)
select
    m.trace_id, m.request_span_id, m.span_id, m.source, m.seen_at,
    regexp_extract(m.cause, '^[a-z_]+') as layer,
    case when m.cause like 'config.%' then m.service else m.callee end as component,
    m.cause,
    m.object,
    m.location,
    m.share as strength,
    'the call ended with ' || m.said || ': ' || m.brief as statement
from meant as m
where m.cause <> ''
