-- What database clients said with a code that means a cause.
-- columns: as in origins, and cause
with looked_up as (
    select
        o.*,
        case
            -- MySQL uses one number for a connection lost in use and one that was never made.
            when o.error_code = '2013' and regexp_matches(o.words, '(?i)handshake|initial communication packet|authorization packet') then 'database.unreachable'
            -- And one for all that the storage below it says.
            when o.error_code = '1030' and regexp_matches(o.words, '\berror 28\b|No space left') then 'database.disk_full'
            else coalesce(own.cause, shared.cause, class.cause, '')
        end as cause
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
