-- Did an outside service answer with an error that became the failure?
-- kind: direct
with answered as (
    select
        o.*,
        case when o.status > 0 then o.status
            else coalesce(try_cast(regexp_extract(o.words, '(?i)(?:status(?: code)?:? ?|error ''|HTTP )([45][0-9]{2})', 1) as integer),
                try_cast(regexp_extract(o.words, '\b([45][0-9]{2}) (?:Server|Client) Error', 1) as integer), 0) end as answer
    from origins as o
    where o.kind_of_callee = 'upstream' and (o.is_call or o.is_relay)
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
    a.share as strength,
    a.callee || ' answered ' || a.answer as statement
from answered as a
where a.answer >= 400
