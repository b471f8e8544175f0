-- Which cause do the words of a database driver's error name, where it gives no code?
-- kind: direct
with spoken as (
    select
        o.*,
        case
            when regexp_matches(o.words, '(?i)QueuePool limit|PoolTimeout|pool (timeout|exhausted)|connection pool|getconn|timeout exceeded when trying to connect|no available connection')
                or regexp_matches(o.origin_type, '(^|\.)TimeoutError$') and regexp_matches(o.stacktrace, '/pool(/[a-z_]+)?\.py", line [0-9]+, in _?(acquire|getconn|get|_do_get)\b') then ''
            when regexp_matches(o.origin_type, '(Unique|ForeignKey|NotNull|Check|Exclusion|Restrict)Violation(Error)?$|RecordNotUnique$|InvalidForeignKey$|(StringDataRightTruncation|NumericValueOutOfRange|InvalidTextRepresentation|InvalidDatetimeFormat|DivisionByZero)(Error)?$')
                or regexp_matches(o.words, 'duplicate key (value|error)|violates (unique|foreign key|not-null|check|exclusion) constraint|(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed|Duplicate entry |cannot be null')
                then 'app.constraint_violation'
            when regexp_matches(o.origin_type, '(UndefinedTable|UndefinedColumn|InvalidCatalogName|InvalidSchemaName)(Error)?$')
                or regexp_matches(o.words, 'no such (table|column)|(relation|column|database|schema) "?[^"]+"? (of relation "[^"]+" )?does not exist|Unknown (column|database)|Table ''[^'']+'' doesn''t exist')
                then 'config.schema_drift'
            when regexp_matches(o.origin_type, '(InvalidPassword|InvalidAuthorizationSpecification)(Error)?$')
                or regexp_matches(o.words, '(?i)password authentication failed|Access denied for user ''[^'']*''@|no password supplied|(role|user) "[^"]+" does not exist|authentication failed|no pg_hba.conf entry|Authentication failed')
                then 'config.bad_credentials'
            when regexp_matches(o.origin_type, 'InsufficientPrivilege(Error)?$')
                or regexp_matches(o.words, 'permission denied for|must be owner of|command denied to user|Access denied for user .* to database')
                then 'config.permission_denied'
            when regexp_matches(o.origin_type, 'DeadlockDetected(Error)?$|Deadlocked$') or regexp_matches(o.words, '(?i)deadlock (detected|found)') then 'database.deadlock'
            when regexp_matches(o.origin_type, 'LockNotAvailable(Error)?$|LockWaitTimeout$') or regexp_matches(o.words, '(?i)lock wait timeout|canceling statement due to lock timeout|could not obtain lock') then 'database.lock_timeout'
            when regexp_matches(o.origin_type, 'SerializationFailure(Error)?$|Serialization(Error)?$') or regexp_matches(o.words, 'could not serialize access') then 'database.serialization_failure'
            when regexp_matches(o.origin_type, 'QueryCanceled(Error)?$|StatementTimeout$') or regexp_matches(o.words, '(?i)canceling statement due to (statement timeout|user request)|max_statement_time exceeded|maximum statement execution time exceeded|Query execution was interrupted')
                then 'database.timeout'
            when regexp_matches(o.origin_type, 'TooManyConnections(Error)?$') or regexp_matches(o.words, '(?i)too many (clients|connections)|remaining connection slots') then 'database.too_many_connections'
            when regexp_matches(o.origin_type, 'ReadOnlySqlTransaction(Error)?$|ReadOnlySQLTransactionError$') or regexp_matches(o.words, '(?i)read-only transaction|attempt to write a readonly database|--read-only option') then 'database.read_only'
            when regexp_matches(o.origin_type, 'DiskFull(Error)?$') or regexp_matches(o.words, '(?i)No space left on device|database or disk is full') then 'database.disk_full'
            when regexp_matches(o.words, '(?i)database (table )?is locked') then 'database.busy'
            when regexp_matches(o.origin_type, '(AdminShutdown|CrashShutdown|CannotConnectNow|DatabaseDropped|ConnectionDoesNotExist|ConnectionFailure|IdleSessionTimeout)(Error)?$')
                or regexp_matches(o.words, '(?i)terminating connection|server closed the connection unexpectedly|the database system is (starting up|shutting down|in recovery mode)|in recovery mode|connection (was )?closed in the middle|Lost connection to (MySQL )?server|server has gone away|consuming input failed|connection already closed|Connection terminated unexpectedly|SSL SYSCALL error: EOF|connection was killed|connection is closed|reset by peer|the connection is lost')
                then 'database.crashed'
            when regexp_matches(o.words, '(?i)connection refused|ECONNREFUSED|could not (connect|translate host)|can''t connect to|failed to resolve host|name or service not known|getaddrinfo|ENOTFOUND|no route to host|network is unreachable|unable to open database file|connect(ion)? (call )?(failed|timed? ?out|timeout)|timeout expired|ConnectionTimeout|ETIMEDOUT|EHOSTUNREACH|ConnectionNotEstablished|No such file or directory|ServerSelectionTimeout|connection to server .* failed|connection to [^ ]+ refused|communications link failure')
                then 'database.unreachable'
            when regexp_matches(o.words, '(?i)syntax error|error in your SQL syntax') or regexp_matches(o.origin_type, '(UndefinedFunction|AmbiguousColumn|GroupingError|DatatypeMismatch|UndefinedParameter|IndeterminateDatatype|WrongObjectType|SyntaxError|PostgresSyntaxError)$')
                then 'app.bad_query'
            when regexp_matches(o.origin_type, '(InternalError_|DataCorrupted|IndexCorrupted|UndefinedFile|IoError|SystemError)$') or regexp_matches(o.words, '(?i)could not (open|read|write) (file|block)|invalid page|database disk image is malformed')
                then 'database.error'
            when o.error_code like '08%' then 'database.crashed'
            when regexp_matches(o.origin_type, '(^|\.)TimeoutError$|Timeout$') and regexp_matches(o.stacktrace, 'connect_utils|, in _?connect\b|create_connection') then 'database.unreachable'
            when regexp_matches(o.origin_type, '(^|\.)TimeoutError$|Timeout$') then 'database.timeout'
            when regexp_matches(o.origin_type, '(IntegrityError|DataError)$') then 'app.constraint_violation'
            else ''
        end as cause
    from origins as o
    where o.kind_of_callee = 'database'
        and o.error_code not in (select m.code from code_meanings as m)
        and not (regexp_matches(o.error_code, '^[0-9A-Z]{5}$') and left(o.error_code, 2) in (select m.code from code_meanings as m))
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case when s.cause like 'database.%' then s.callee else s.service end as component,
    s.cause,
    coalesce(
        nullif(regexp_extract(s.words, '(?:relation|table|column|constraint|database|role|user|schema|function|index) [''"`]([^''"`]+)[''"`]', 1), ''),
        nullif(regexp_extract(s.words, 'no such (?:table|column): ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'constraint failed: ([A-Za-z0-9_.]+)', 1), ''),
        s.object
    ) as object,
    s.location,
    s.share as strength,
    'the database driver says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
