-- Did the app itself raise the answer, with a reason of its own words, after nothing that had failed?
-- kind: direct
-- idle without: blamed, scoped_exceptions
with reasoned as (
    select
        b.trace_id, b.request_span_id, b.service, s.http_route, s.http_response_status_code as status, e.span_id, e."time" as seen_at, e.location,
        e.source, e.log_id,
        -- What stands beside the status and its usual phrase.
        trim(regexp_replace(
            e.message,
            '(?i)^\W*([45][0-9]{2})?\W*(internal server error|not implemented|bad gateway|service unavailable|gateway time-?out)?(exception)?\W*', ''
        )) as reason
    from blamed as b
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    join scoped_exceptions as e on b.trace_id = e.trace_id and b.request_span_id = e.request_span_id and b.unit_span_id = e.unit_span_id
    anti join origins as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id and o.share > 0.5
    where not b.is_given_up and e.is_answer and s.kind = 2 and s.http_response_status_code >= 500 and e.in_app
    qualify row_number() over (partition by b.trace_id, b.request_span_id order by e.time_ns desc) = 1
)
select
    r.trace_id, r.request_span_id, r.span_id, case when r.source = 'log' then 'log:' || r.log_id else 'span:' || r.span_id end as source, r.seen_at,
    r.service, 'app.error_response' as cause, r.http_route as object, r.location,
    -- A reason may be somebody else's failure, of which nothing else is known.
    case when @says speaks_of_failure (words: r.reason)@ then 0.3 else 1.0 end as strength,
    r.service || ' answered ' || r.status || ' and says why: ' || left(regexp_replace(r.reason, '\s+', ' ', 'g'), 160) as statement
from reasoned as r
where length(r.reason) >= 3
