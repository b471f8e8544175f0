-- What database clients said with a code that means a cause.
-- one row per: trace_id, request_span_id, span_id, is_call
-- idle without: origins
-- columns:
--   as in origins
--   cause varchar: what the code means
with looked_up as (
    select
        o.*,
        -- One number may mean several things: the words tell which.
        coalesce(nullif(@says code_and_words (code: o.error_code, words: o.words)@, ''), own.cause, shared.cause, class.cause, '') as cause
    from origins as o
    left join code_meanings as own
        on own.system <> '' and replace(o.error_code, 'ORA-', '') = own.code
        and replace(regexp_extract(o.callee, '^([a-z0-9_.]+):', 1), 'mariadb', 'mysql') = own.system
    left join code_meanings as shared on shared.system = '' and o.error_code = shared.code
    left join code_meanings as class
        on class.system = '' and length(o.error_code) = 5 and regexp_matches(o.error_code, '^[0-9A-Z]{5}$')
        and left(o.error_code, 2) = class.code
    where o.kind_of_callee = 'database' and o.error_code <> ''
)
select * from looked_up as l where l.cause <> ''
