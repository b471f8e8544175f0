-- Which cause does the database server's own log name for a statement of this request?
-- kind: direct
-- idle without: blamed, happenings
with reported as (
    select h.*, coalesce(x.cause, c.cause) as cause
    from happenings as h
    left join code_meanings as x on h.error_code = x.code and x.system = case when h.format in @formats postgresql@ then '' else 'mysql' end
    left join code_meanings as c
        on x.code is null and c.system = '' and regexp_matches(h.error_code, '^[0-9A-Z]{5}$') and left(h.error_code, 2) = c.code
    where h.error_code <> '' and h.joined_by = 'trace' and h.format in @formats database@
)
select
    c.trace_id, c.request_span_id, c.statement_span_id as span_id, c.source, c.seen_at,
    c.service,
    case
        when coalesce(k.callee, '') <> '' then k.callee
        else name_dependency(case when c.format in @formats postgresql@ then 'postgresql' else 'mysql' end, '', 0, c.database)
    end as callee,
    c.cause,
    -- Who may come in, and the database's own files, are set up at the database.
    case when @says server_set_up (words: c.body)@ then 'callee' else '' end as blames,
    coalesce(nullif(regexp_extract(c.body, '(?:relation|table|column|constraint|database|role|user) [''"`]([^''"`]+)[''"`]', 1), ''), '') as object,
    -- An error of a statement may have been dealt with; that it was the end is for the exceptions to say.
    case
        when coalesce(k.is_recovered, false) then 0.0
        -- Something of another kind ended the request, and it does not speak of this statement.
        when x.trace_id is not null and p.span_id is null then 0.1
        else 0.6
    end as strength,
    'the database''s log says ' || c.error_code || ': ' || left(c.body, 160) as statement
from reported as c
left join calls as k on c.trace_id = k.trace_id and c.request_span_id = k.request_span_id and c.statement_span_id = k.span_id
left join passed_on as p on c.trace_id = p.trace_id and c.request_span_id = p.request_span_id and c.statement_span_id = p.span_id
left join (
    select o.trace_id, o.request_span_id
    from blamed as b
    left join origins as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id
    group by o.trace_id, o.request_span_id
    having bool_and(o.kind_of_callee <> 'database')
) as x on c.trace_id = x.trace_id and c.request_span_id = x.request_span_id
where c.cause is not null
