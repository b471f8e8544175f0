-- Did an outside service answer with an error that became the failure?
-- kind: direct
with answered as (
    select
        o.*,
        case when o.status > 0 then o.status
            else coalesce(
                try_cast(regexp_extract(o.words, '(?i)(?:status(?: ?code)?(?:[:=]| of| does not indicate success:)?|error ''|HTTP(?:/[0-9.]+)?(?: Error)?|(?:response|error) code:?) ?\(?([45][0-9]{2})\b', 1) as integer),
                try_cast(regexp_extract(o.words, '\b([45][0-9]{2}) (?:Server|Client) Error', 1) as integer),
                -- 503 Service Unavailable: a bare number means a status only where the type says that an answer came.
                case when o.is_relay then try_cast(regexp_extract(o.words, '(?:: \[?|resulted in a `)([45][0-9]{2})(?:[ ,\]]|$)', 1) as integer) end,
                0) end as answer
    from origins as o
    where o.kind_of_callee = 'upstream' and (o.is_call or o.is_relay)
),
-- A gateway hands on request and answer as they are: who is behind it, is a component of this system, and why it failed is not known.
relayed as (
    select distinct b.trace_id, b.request_span_id
    from blamed as b
    left join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    left join calls as c
        on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
        and s.http_response_status_code = c.status
    left join reached as e on b.trace_id = e.trace_id and b.request_span_id = e.request_span_id and b.unit_span_id = e.unit_span_id
    where
        c.span_id is not null and e.exception_id is null and c.end_ns - c.start_ns >= 0.8 * s.duration_ns
        and length(c.url_path) > 1 and length(s.url_path) > 1
        and (ends_with(s.url_path, c.url_path) or ends_with(c.url_path, s.url_path))
)
select
    a.trace_id, a.request_span_id, a.span_id, a.source, a.seen_at,
    case when a.answer in (401, 403) then 'config' else 'upstream' end as layer,
    case when a.answer in (401, 403) then a.service else a.callee end as component,
    case
        when a.answer in (401, 403) then 'config.bad_credentials'
        when a.answer = 429 then 'upstream.rate_limited'
        else 'upstream.error_response'
    end as cause,
    a.object,
    a.location,
    case when r.trace_id is not null then 0.2 else 1.0 end * a.share as strength,
    a.callee || ' answered ' || a.answer as statement
from answered as a
left join relayed as r on a.trace_id = r.trace_id and a.request_span_id = r.request_span_id
where a.answer >= 400
