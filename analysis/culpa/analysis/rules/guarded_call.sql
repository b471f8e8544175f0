-- Whose failures opened the breaker that refused the call, or used up the attempts at it?
-- kind: direct
-- idle without: refusals, guarded_calls
with spoken as (
    select
        r.trace_id, r.request_span_id, r.unit_span_id, r.source, r.seen_at, r.service, r.words as refusal, g.span_id as old_span_id, g.kind_of_callee,
        g.callee, g.words, g.error_code, g.status, g.fitness, g.failures,
        case
            when g.kind_of_callee = 'database' then coalesce(
                x.cause, k.cause, @says database (words: g.words, type: g.words, stack: '', code: g.error_code)@
            )
            when g.kind_of_callee = 'cache' then @says cache (words: g.words, type: g.words)@
            when g.kind_of_callee = 'queue' then @says queue (words: g.words)@
            when g.status = 429 then 'upstream.rate_limited'
            when g.status >= 500 then 'upstream.error_response'
            else @says upstream (words: g.words, stack: '', status: g.status::varchar)@
        end as cause
    from refusals as r
    join guarded_calls as g on r.trace_id = g.trace_id and r.request_span_id = g.request_span_id
    left join code_meanings as x on g.error_code <> '' and x.system = '' and g.error_code = x.code and x.cause <> ''
    left join code_meanings as k on length(g.error_code) = 5 and k.system = '' and left(g.error_code, 2) = k.code and k.cause <> ''
)
select
    s.trace_id, s.request_span_id, s.unit_span_id as span_id, s.source, s.seen_at,
    s.service, s.callee, case when s.cause = 'other' then s.kind_of_callee || '.error' else s.cause end as cause,
    case when s.cause = 'other' then 0.35 else 1.0 end * case s.fitness when 2 then 1.0 when 1 then 0.9 else 0.15 end
        * case when s.failures > 1 then 1.0 else 0.2 end as strength,
    left(regexp_replace(s.refusal, '\s+', ' ', 'g'), 100) || ': the last call that it guards failed before (span ' || s.old_span_id || '), '
        || s.callee || case when s.status >= 400 then ' answered ' || s.status else ': ' || left(regexp_replace(s.words, '\s+', ' ', 'g'), 120) end as statement
from spoken as s
where s.cause <> ''
