-- Which cause does the database's own error code name?
-- kind: direct
with coded as (
    select
        o.*,
        case
            -- MySQL uses one number for a connection lost in use and one that was never made.
            when o.error_code = '2013' and regexp_matches(o.words, '(?i)handshake|initial communication packet|authorization packet') then 'database.unreachable'
            else coalesce(x.cause, c.cause)
        end as cause
    from origins as o
    left join code_meanings as x on o.error_code = x.code
    left join code_meanings as c
        on x.code is null and length(o.error_code) = 5 and regexp_matches(o.error_code, '^[0-9A-Z]{5}$') and left(o.error_code, 2) = c.code
    where o.kind_of_callee = 'database' and o.error_code <> ''
)
select
    c.trace_id, c.request_span_id, c.span_id, c.source, c.seen_at,
    regexp_extract(c.cause, '^[a-z_]+') as layer,
    case when c.cause like 'database.%' then c.callee else c.service end as component,
    c.cause,
    coalesce(
        nullif(regexp_extract(c.words, '(?:relation|table|column|constraint|database|role|user|schema|function|index) [''"`]([^''"`]+)[''"`]', 1), ''),
        nullif(regexp_extract(c.words, '(?:Table|column|Duplicate entry .* for key|Unknown column|Unknown database) [''`]([^''`]+)[''`]', 1), ''),
        c.object
    ) as object,
    c.location,
    c.share as strength,
    'the database answered ' || c.error_code || ': ' || c.brief as statement
from coded as c
where c.cause is not null
