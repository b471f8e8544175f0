-- Which cause do the words of a database driver's error name, where it gives no code that says it?
-- kind: direct
-- idle without: uncoded
with spoken as (
    select
        o.*,
        case
            -- The app's process had no descriptor left for a socket; what the server says so of its own files bears a code.
            when not contains(o.words, '(24: ') and not regexp_matches(o.words, 'could not open (file|directory)') and tells_files_used_up(o.words) then ''
            -- A file of certificates that the client was told to read: no connection was tried.
            when regexp_matches(o.origin_type, '^FileNotFoundError$') and regexp_matches(o.stacktrace, '\.load_(verify_locations|cert_chain)\(') then ''
            -- The app's own pool had no connection left: not the database's trouble.
            when o.is_pool_wait
                or regexp_matches(o.words, '(?i)QueuePool limit|PoolTimeout|PoolError|PoolExhausted|WaitQueueTimeout|ConnectionAcquireTimeout|ConnectionTimeoutError|KnexTimeout|connection pool (timeout|exhausted|has been exhausted)|from the (connection )?pool\b|pooled connections|pool error timeout|pool empty|timeout exceeded when trying to connect|no available connection|no connections available|dropped from queue|timeout acquiring|acquisition timeout|pool timed out|waiting for a slot to become available|timed out in bb8|timed out waiting for connection\b')
                or (regexp_matches(o.words, 'request timed out after [0-9]+ ?ms') and not regexp_matches(o.words, 'total=0\b'))
                or regexp_matches(o.origin_type, '(^|\.)TimeoutError$') and regexp_matches(o.stacktrace, '/pool(/[a-z_]+)?\.py", line [0-9]+, in _?(acquire|getconn|get|_do_get)\b') then ''
            when regexp_matches(o.words, 'prepared statement "[^"]*" (does not|already) exist|[Tt]ransaction blocks not allowed in statement pooling mode') then 'app.bad_query'
            when regexp_matches(o.origin_type, '(Unique|ForeignKey|NotNull|Check|Exclusion|Restrict|Cardinality)(Constraint)?(Violation|Error)(Error|Exception)?$|RecordNotUnique$|InvalidForeignKey$|NotNullViolation$|(DuplicateKey|ConstraintViolation|DataIntegrityViolation)(Error|Exception)?$|(StringDataRightTruncation|NumericValueOutOfRange|InvalidTextRepresentation|InvalidDatetimeFormat|DivisionByZero|ValueTooLong|RangeError)(Error)?$')
                or regexp_matches(o.words, 'duplicate key (value|error)|E11000|violates (unique|foreign key|not-null|check|exclusion) constraint|more than one row returned by a subquery|(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed|Duplicate entry |cannot be null|Cannot insert (duplicate key|the value NULL)|conflicted with the [A-Z ]+ constraint|Unique constraint failed|Foreign key constraint (failed|violated)|Document failed validation|Data too long for column|value too long for type|Data truncated|Out of range value|String or binary data would be truncated|invalid input syntax for')
                then 'app.constraint_violation'
            when regexp_matches(o.origin_type, '(UndefinedTable|UndefinedColumn|InvalidCatalogName|InvalidSchemaName|NoDatabase|PendingMigration|TableNotFound|InvalidFieldName)(Error|Exception)?$')
                or regexp_matches(o.words, '[Nn]o such (table|column)|(relation|column|database|schema|table) [`"]?[^`"]+[`"]? (of relation "[^"]+" )?does not exist|Unknown (column|database|table)|Table ''[^'']+'' doesn''t exist|Invalid (object|column) name|Cannot open database "[^"]+" requested|no such database: |index_not_found_exception|no such index|unconfigured table|Keyspace ''[^'']+'' does not exist|Unknown table expression|[Mm]igrations are pending|has no column named|The table `[^`]+` does not exist|The column `[^`]+` does not exist')
                then 'config.schema_drift'
            when regexp_matches(o.origin_type, '(InvalidPassword|InvalidAuthorizationSpecification|AuthenticationException|AuthenticationFailed|AuthenticationError|AuthError|AccessDenied)(Error)?$')
                or regexp_matches(o.words, '(?i)password authentication failed|is not permitted to log in|account is locked|Access denied for user ''[^'']*''@|no password supplied|(role|user) "[^"]+" does not exist|authentication failed|no pg_hba\.conf entry|pg_hba\.conf rejects|login failed for user|Authentication failed against database|provided database credentials|SCRAM.*(fail|error|invalid)|SASL (authentication|auth).*fail|no such user|server login failed: wrong password|client password must be a string|unauthorized access|missing authentication credentials|security_exception|Unauthorized')
                then 'config.bad_credentials'
            when regexp_matches(o.origin_type, 'InsufficientPrivilege(Error)?$')
                or regexp_matches(o.words, 'on socket "[^"]+" failed: Permission denied|permission denied for|must be owner of|command denied to user|Access denied for user .* to database|permission was denied on the object|not authorized on \w+ to execute|has no \w+ permission on|insufficient privileges')
                then 'config.permission_denied'
            when regexp_matches(o.origin_type, 'DeadlockDetected(Error)?$|Deadlocked$|DeadlockException$|DeadlockLoserDataAccessException$') or regexp_matches(o.words, '(?i)deadlock (detected|found)|was deadlocked on|deadlock victim') then 'database.deadlock'
            when regexp_matches(o.origin_type, 'LockNotAvailable(Error)?$|LockWaitTimeout(Exception)?$|(PessimisticLock|CannotAcquireLock|LockTimeout|LockAcquisition)(ing)?(Failure)?Exception$') or regexp_matches(o.words, '(?i)lock wait timeout|canceling statement due to lock timeout|could not obtain lock|lock request time ?out') then 'database.lock_timeout'
            when regexp_matches(o.origin_type, 'SerializationFailure(Error)?$|Serialization(Error)?$|CannotSerializeTransactionException$') or regexp_matches(o.words, 'could not serialize access|WriteConflict|snapshot isolation transaction aborted|write conflict or a deadlock|restart transaction: TransactionRetry') then 'database.serialization_failure'
            when regexp_matches(o.words, '(?i)no more connections allowed|query_wait_timeout|max_client_conn|could not get connection from the pool|too many (clients|connections)|TooManyConnections|remaining connection slots|max_user_connections|max_connections_per_hour|connection limit exceeded|session limit|maximum number of (sessions|connections|processes)')
                then 'database.too_many_connections'
            when regexp_matches(o.words, 'server_login_retry|server login has been failing|pgbouncer cannot connect to server|AllServersDown') then 'database.unreachable'
            when regexp_matches(o.origin_type, 'QueryCanceled(Error)?$|StatementTimeout$|QueryTimeout(Exception)?$|SQLTimeoutException$|(Execution|Network)Timeout(Error)?$')
                or regexp_matches(o.words, '(?i)canceling statement due to (statement timeout|user request)|max_statement_time exceeded|maximum statement execution time exceeded|Query execution was interrupted|\bquery_timeout\b|query timed? ?out|query read timeout|operation exceeded time limit|MaxTimeMSExpired|Execution Timeout Expired|Timeout expired\.\s+The timeout period elapsed prior to completion|idle[ -]in[ -]transaction timeout|idle transaction timeout|Operation timed out - received only|cancelling query|statement timeout')
                then 'database.timeout'
            when regexp_matches(o.origin_type, 'ReadOnlySqlTransaction(Error)?$|ReadOnlySQLTransactionError$|ReadOnlyError$') or regexp_matches(o.words, '(?i)read-only transaction|attempt to write a readonly database|--read-only option|database is (in )?read-only|not master|NotWritablePrimary|not primary and|in hot standby|read-only mode|FORBIDDEN/12/index read-only') then 'database.read_only'
            when regexp_matches(o.origin_type, 'DiskFull(Error)?$') or regexp_matches(o.words, '(?i)No space left on device|database or disk is full|could not allocate space|transaction log for database .* is full|disk usage exceeded|OutOfDiskSpace|unable to extend') then 'database.disk_full'
            when regexp_matches(o.words, '(?i)database (table |schema )?is locked') then 'database.busy'
            when regexp_matches(o.origin_type, '(AdminShutdown|CrashShutdown|CannotConnectNow|DatabaseDropped|ConnectionDoesNotExist|ConnectionFailure|IdleSessionTimeout|NotPrimary|InterruptedAtShutdown)(Error)?$')
                or regexp_matches(o.words, '(?i)terminating connection|server closed the connection unexpectedly|the database system is (starting up|shutting down|in recovery mode)|not yet accepting connections|in recovery mode|connection (was )?closed in the middle|Lost connection to (MySQL )?server|server has gone away|consuming input failed|connection already closed|no connection to the server|connection has (already )?been closed|Connection terminated unexpectedly|encountered a connection error and is not queryable|SSL SYSCALL error: EOF|connection was killed|(connection|client) is (already )?closed|reset by peer|the connection is lost|bad connection|invalid connection|server conn crashed|closing because: server|unexpected EOF|unexpectedEof|: EOF\b|\bECONNRESET\b|\bEPIPE\b|broken pipe|I/O error occurred while sending to the backend|This connection has been closed|Communications link failure[\s\S]*last packet successfully received|connection was unexpectedly lost|forcibly closed|transport-level error has occurred when (sending|receiving)|An existing connection was|closed the connection|server is shutting ?down|ended unexpectedly|AutoReconnect: [^ ]+ connection closed|Exception while (reading|writing) (from|to) (the )?stream|connection to (the )?server was lost|not connected to|could not receive data from server|tcp (recv|send).*: closed|ssl (recv|send).*: closed|Packets out of order')
                then 'database.crashed'
            when regexp_matches(o.words, '(?i)connection refused|\b(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)\b|could not (connect|translate host)|(can(''t|not)|could not) (connect|reach)|failed to (resolve host|connect)|unable to connect|couldn''t connect|name or service not known|name resolution|getaddrinfo|no such host|unknown (mysql )?server host|no route to host|network is unreachable|unable to open database file|connect(ion)? (call )?(failed|attempt failed|timed? ?out|timeout)|connection (to .* )?(failed|timed out)|connect(ion)?.* timeout expired|: timeout expired$|ConnectionTimeout|ConnectTimeout|ConnectionNotEstablished|CannotCreateTransaction|CannotGetJdbcConnection|No such file or directory|ServerSelection|NoHostAvailable|NoNodeAvailable|no alive nodes|no living connections|No reachable node|buffering timed out|server selection (error|timeout)|waiting for a server that matches|connection to server .* failed|connection to [^ ]+ refused|communications link failure|dial (tcp|unix)|actively refused|network-related or instance-specific|server was not found|TNS:|The Network Adapter could not establish|total=0\b|tcp connect|no hosts available|unable to establish|failed to establish a new connection|Timed out trying to connect|rejected SSL upgrade|Connection attempt|acquire a connection')
                then 'database.unreachable'
            when regexp_matches(o.words, '(?i)syntax error|\btype "[^"]+" does not exist|ambiguous column name|misuse of (aggregate|window)|\b[0-9]+ values for [0-9]+ columns|has [0-9]+ columns but [0-9]+ values|no such function|wrong number of arguments to function|incomplete input|unrecognized token|do not have the same number of result columns|error in your SQL syntax|incorrect syntax near|SyntaxException|parsing_exception|You have an error|unknown operator|Unrecognized expression') or regexp_matches(o.origin_type, '(UndefinedFunction|AmbiguousColumn|GroupingError|DatatypeMismatch|UndefinedParameter|IndeterminateDatatype|UndefinedObject|WrongObjectType|SyntaxError|PostgresSyntaxError|BadSqlGrammarException|SQLSyntaxErrorException|SQLGrammarException)$')
                then 'app.bad_query'
            when regexp_matches(o.origin_type, '(InternalError_|DataCorrupted|IndexCorrupted|UndefinedFile|IoError|SystemError)$') or regexp_matches(o.words, '(?i)could not (open|read|write) (file|block)|invalid page|database disk image is malformed|disk I/O error|file is not a database|Cannot achieve consistency level|UnavailableException|all shards failed|circuit_breaking_exception|es_rejected_execution_exception|process_cluster_event_timeout')
                then 'database.error'
            when o.error_code like '08%' and o.error_code <> '08P01' then 'database.crashed'
            when regexp_matches(o.origin_type, '(^|\.)TimeoutError$|Timeout$') and regexp_matches(o.stacktrace, 'connect_utils|, in _?connect\b|create_connection') then 'database.unreachable'
            when regexp_matches(o.origin_type, '(^|\.)TimeoutError$|Timeout$|TimeoutException$') or regexp_matches(o.words, '(?i)context deadline exceeded|i/o timeout|read timed out|socket timeout|timed? ?out (waiting|while|after)|canceling query') then 'database.timeout'
            when regexp_matches(o.origin_type, '(IntegrityError|DataError)$') then 'app.constraint_violation'
            else ''
        end as cause
    from uncoded as o
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case
        when s.cause like 'database.%' then s.callee
        -- Who may come in at all is written in the server's own file.
        when s.cause = 'config.bad_credentials' and regexp_matches(s.words, 'pg_hba\.conf') then s.callee
        else s.service
    end as component,
    s.cause,
    coalesce(
        nullif(regexp_extract(s.words, '(?:relation|table|column|constraint|database|role|user|schema|function|index) [''"`]([^''"`]+)[''"`]', 1), ''),
        nullif(regexp_extract(s.words, 'no such (?:table|column): ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'constraint failed: ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'Invalid (?:object|column) name ''([^'']+)''', 1), ''),
        s.object
    ) as object,
    s.location,
    s.share as strength,
    'the database driver says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
