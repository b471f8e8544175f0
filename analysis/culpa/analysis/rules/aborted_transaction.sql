-- Which statement broke the transaction whose later statements the database only turned away?
-- kind: direct
-- idle without: blamed, calls, uncoded
-- 25P02 says that an earlier statement failed and the app went on all the same: that one is the origin.
with turned_away as (
    select distinct o.trace_id, o.request_span_id, b.unit_span_id, o.service
    from uncoded as o
    join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
    where o.error_code = '25P02' or @says aborted_transaction (words: o.words)@
),
broken as (
    select
        t.trace_id, t.request_span_id, t.service, c.span_id, c.start_time, c.callee, c.query, c.words, c.error_code
    from turned_away as t
    join calls as c on t.trace_id = c.trace_id and t.request_span_id = c.request_span_id and t.unit_span_id = c.unit_span_id
    where c.kind_of_callee = 'database' and c.is_failed and c.error_code not in ('', '25P02')
    qualify row_number() over (partition by t.trace_id, t.request_span_id order by c.end_ns desc) = 1
),
meant as (
    select b.*, coalesce(x.cause, k.cause, '') as cause
    from broken as b
    left join code_meanings as x on x.system = '' and b.error_code = x.code
    left join code_meanings as k on k.system = '' and length(b.error_code) = 5 and left(b.error_code, 2) = k.code
)
select
    m.trace_id, m.request_span_id, m.span_id, 'span:' || m.span_id as source, m.start_time as seen_at,
    m.service, m.callee, m.cause, m.query as object, m.query as location, 1.0 as strength,
    'the statement that broke the transaction was answered ' || m.error_code || ': ' || left(regexp_replace(m.words, '\s+', ' ', 'g'), 140) as statement
from meant as m
where m.cause <> ''
