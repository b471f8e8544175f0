-- Exceptions of the failed requests, with what their words say.
-- needs: exceptions, tree, scoped_spans, scoped_logs, requests
-- columns: exception_id, trace_id, request_span_id, span_id, unit_span_id, "time", time_ns, source, handled, on_unit (stands
--   on the span that answered, or in a log record without a deeper span); origin_type, origin_message, error_code, chain,
--   words (type, message of the origin), stacktrace, location, in_app, fingerprint; system, host, port, namespace (of the
--   component that the words or the stack name); kind_of_callee; is_relay (says only that another one answered so);
--   is_from_library (raised inside a library, not by the app's own statement)
with app_units as (
    -- The app's unit nearest to the web server, else the web server's own line: where the app's log file speaks.
    select r.trace_id, r.request_span_id, coalesce(min_by(t.unit_span_id, t.depth), r.request_span_id) as unit_span_id
    from requests as r
    left join tree as t
        on r.trace_id = t.trace_id and r.request_span_id = t.request_span_id and t.span_id = t.unit_span_id and t.depth > 0
    group by r.trace_id, r.request_span_id
),
placed as (
    select e.*, t.request_span_id, t.unit_span_id, t.depth, 'trace' as joined_by
    from exceptions as e
    join tree as t on e.trace_id = t.trace_id and e.span_id = t.span_id
    union all
    -- Logged without a span that we know: work of the service that logged it, if it had a part in the request.
    select e.*, t.request_span_id, min(t.unit_span_id) as unit_span_id, 0 as depth, 'trace' as joined_by
    from exceptions as e
    join tree as t on e.trace_id = t.trace_id
    join scoped_spans as s on t.trace_id = s.trace_id and t.unit_span_id = s.span_id and e.service_name = s.service_name
    anti join scoped_spans as k on e.trace_id = k.trace_id and e.span_id = k.span_id
    where e.log_id = ''
    group by all
    union all
    -- Read from a server's log file, whose line was joined to the request.
    select e.* replace (u.trace_id as trace_id), u.request_span_id, u.unit_span_id, 0 as depth, l.joined_by
    from exceptions as e
    join scoped_logs as l on e.log_id = l.log_id
    join app_units as u on l.trace_id = u.trace_id and l.request_span_id in ('', u.request_span_id)
    anti join tree as t on e.trace_id = t.trace_id and e.span_id = t.span_id
    where e.log_id <> ''
),
once as (
    select * from placed
    qualify row_number() over (partition by trace_id, request_span_id, exception_id order by depth) = 1
),
unwrapped as (
    -- An object-relational mapper that gives the driver's error in brackets: (psycopg.errors.UniqueViolation) duplicate …
    select
        o.*,
        regexp_extract(o.origin_message, '^\(([A-Za-z_][A-Za-z0-9_.]+)\) ', 1) as wrapped_type,
        regexp_replace(o.origin_message, '^\(([A-Za-z_][A-Za-z0-9_.]+)\) ', '') as wrapped_message
    from once as o
),
worded as (
    select
        u.*,
        case when u.wrapped_type <> '' and contains(u.wrapped_type, '.') then u.wrapped_type else u.origin_type end as real_type,
        case when u.wrapped_type <> '' and contains(u.wrapped_type, '.') then u.wrapped_message else u.origin_message end
            as real_message
    from unwrapped as u
),
read as (
    select
        w.*,
        w.real_type || ': ' || w.real_message as words,
        -- A discovery client names the service that it found nobody to answer for: no call was ever made.
        regexp_extract(w.real_message, '(?i)(?:no (?:available |healthy )?(?:instances?|servers?|providers?|endpoints?|upstreams?) (?:are |is )?(?:available|found|registered|left)? ?(?:for|of)(?: the)?(?: service| client)?:? ["'']?|does not have available server for client: )([A-Za-z0-9_][A-Za-z0-9_.-]*)', 1) as undiscovered,
        case
            when regexp_matches(w.real_type, '^(psycopg|asyncpg|pg8000|aiopg|PG::|org\.postgresql|Npgsql)')
                or regexp_matches(w.real_message, '^(PG::|SQLSTATE\[[0-9A-Z]{5}\].*(pgsql|PostgreSQL))')
                or regexp_matches(w.real_message, 'connection to server (at|on socket) "|PostgreSQL error of type|Is the server running')
                or regexp_matches(w.stacktrace, '/(psycopg2?|asyncpg|pg8000|psycopg_pool)/|node_modules/pg(-pool|-protocol)?/|org\.postgresql\.')
                then 'postgresql'
            when regexp_matches(w.real_type, '^(pymysql|MySQLdb|mysql\.|_mysql|aiomysql|asyncmy|Mysql2::|com\.mysql|org\.mariadb|mariadb)')
                or regexp_matches(w.real_message, 'MySQL server|^SQLSTATE\[HY000\] \[(1|2)[0-9]{3}\]|ER_[A-Z_]{4,}')
                or regexp_matches(w.stacktrace, '/(pymysql|MySQLdb|aiomysql|asyncmy)/|node_modules/mysql2?/|com\.mysql\.')
                then 'mysql'
            when regexp_matches(w.real_type, '^(sqlite3|aiosqlite|SQLite3::|_sqlite3)') or regexp_matches(w.stacktrace, 'node_modules/(better-)?sqlite3/')
                then 'sqlite'
            when regexp_matches(w.real_type, '^(redis|aioredis|coredis|Redis::|RedisClient::|io\.lettuce|redis\.clients|Predis)')
                or regexp_matches(w.stacktrace, '/(redis|aioredis)/(asyncio/)?connection\.py|node_modules/(ioredis|@redis|redis)/')
                then 'redis'
            when regexp_matches(w.real_type, '^(pymemcache|pylibmc|aiomcache|Dalli|net\.spy\.memcached)') or regexp_matches(w.stacktrace, '/(pymemcache|pylibmc)/')
                then 'memcached'
            when regexp_matches(w.real_type, '^(pymongo|motor|Mongo|com\.mongodb)') or regexp_matches(w.stacktrace, '/pymongo/|node_modules/mongodb/')
                then 'mongodb'
            when regexp_matches(w.real_type, '^(pika|amqp|kombu|aio_pika|aiormq|Bunny|com\.rabbitmq|org\.springframework\.amqp)')
                or regexp_matches(w.stacktrace, '/(pika|amqp|kombu|aio_pika|aiormq)/|node_modules/amqplib/')
                then 'rabbitmq'
            when regexp_matches(w.real_type, '^(kafka|aiokafka|confluent_kafka|cimpl|org\.apache\.kafka)') or regexp_matches(w.stacktrace, '/(aiokafka|confluent_kafka)/|node_modules/kafkajs/')
                then 'kafka'
            when regexp_matches(w.real_type, '^(httpx|httpcore|requests|urllib3|aiohttp|http\.client|urllib\.error|Faraday|Net::|HTTPClient|GuzzleHttp|feign|okhttp|AxiosError|FetchError|UND_ERR|org\.springframework\.web\.client|java\.net\.http)')
                or regexp_matches(w.stacktrace, '/(httpx|httpcore|requests|urllib3|aiohttp)/|node:internal/deps/undici|node_modules/(undici|axios|node-fetch|got)/|urllib/request\.py')
                then 'http'
            else ''
        end as system,
        -- Where the words say it: server at "h" (ip), port p · on 'h:p' · ('h', p) · connecting to h:p. · REFUSED h:p · host='h', port=p
        coalesce(nullif(regexp_extract(w.real_message, 'server at "([^"]+)"', 1), ''),
            nullif(regexp_extract(w.real_message, 'server on ''([^'':]+)', 1), ''),
            nullif(regexp_extract(w.real_message, '\(''([^'']+)'', [0-9]{1,5}\)', 1), ''),
            nullif(regexp_extract(w.real_message, 'host=''([^'']+)''', 1), ''),
            nullif(regexp_extract(w.real_message, '(?:connecting to|connect to|[rR]efused|ECONN[A-Z]+|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|resolve host(?:name)?|Name or service not known:?|could not translate host name) [''"]?([A-Za-z0-9][A-Za-z0-9.-]*[A-Za-z0-9])', 1), ''),
            nullif(regexp_extract(w.real_message, '(?:for url:?|URL) ''?https?://(?:[^/@ '']*@)?([^/:'' ]+)', 1), ''), '') as host,
        coalesce(nullif(regexp_extract(w.real_message, '(?:server at "[^"]+"(?: \([^)]*\))?, port|port=|, port:?) ?([0-9]{1,5})', 1), ''),
            nullif(regexp_extract(w.real_message, 'server on ''[^'':]+:([0-9]{1,5})', 1), ''),
            nullif(regexp_extract(w.real_message, '\(''[^'']+'', ([0-9]{1,5})\)', 1), ''),
            nullif(regexp_extract(w.real_message, '(?:connecting to|connect to|[rR]efused|ECONN[A-Z]+|ETIMEDOUT) [''"]?[A-Za-z0-9.-]+:([0-9]{1,5})', 1), ''),
            nullif(regexp_extract(w.real_message, '(?:for url:?|URL) ''?https?://[^/: '']+:([0-9]{1,5})', 1), ''), '0') as port,
        coalesce(nullif(regexp_extract(w.real_message, 'database "([^"]+)" does not exist', 1), ''),
            nullif(regexp_extract(w.real_message, '[uU]nknown database ''([^'']+)''', 1), ''), '') as namespace,
        regexp_extract(w.real_message, '(?:for url:?|URL) ''?(https?)://', 1) as url_scheme,
        regexp_matches(w.real_type, '(HTTPStatusError|HTTPError|HttpServerErrorException|HttpClientErrorException|FeignException|WebClientResponseException|ServerError|ClientResponseError|RequestException|AxiosError|ResponseError)$')
            or regexp_matches(w.real_message, '(?i)(status(?: code)?:? ?[45][0-9]{2}|[45][0-9]{2} (server|client) error|(server|client) error ''[45][0-9]{2})')
            as is_relay,
        case
            when w.stacktrace = '' then false
            when contains(w.stacktrace, 'File "') then
                regexp_matches(regexp_extract(w.stacktrace, '(?s).*File "([^"]+)"', 1), 'site-packages|dist-packages|/lib/python[0-9.]*/|^<frozen')
            else regexp_matches(regexp_extract(w.stacktrace, '\n\s+at ([^\n]+)', 1), 'node:|node_modules/|^java\.|^sun\.|^org\.apache\.|^io\.netty')
        end as is_from_library
    from worded as w
)
select
    r.exception_id, r.trace_id, r.request_span_id, r.span_id, r.unit_span_id, r."time", epoch_ns(r."time") as time_ns, r.source,
    r.handled, r.service_name, r.depth, r.joined_by,
    r.depth = 0 or r.span_id = r.unit_span_id as on_unit,
    r.type, r.message, r.real_type as origin_type, r.real_message as origin_message, r.error_code, r.chain, r.words, r.stacktrace,
    case when r.code_file_path = '' then '' else r.code_file_path || ':' || r.code_line_number || ' ' || r.code_function_name end as location,
    r.in_app, r.fingerprint,
    r.system, r.host, r.port::bigint as port, r.namespace,
    case
        when r.undiscovered <> '' then 'upstream'
        when r.system in ('redis', 'memcached') then 'cache'
        when r.system in ('rabbitmq', 'kafka') then 'queue'
        when r.system = 'http' then 'upstream'
        when r.system <> '' then 'database'
        else ''
    end as kind_of_callee,
    case
        when r.undiscovered <> '' then r.undiscovered
        when r.system = '' then ''
        when r.system = 'http' then name_address(case when r.url_scheme = '' then 'http' else r.url_scheme end, r.host, r.port::bigint)
        else name_dependency(r.system, r.host, r.port::bigint, r.namespace)
    end as named_callee,
    r.is_relay and r.undiscovered = '' as is_relay, r.is_from_library, r.undiscovered <> '' as is_undiscovered
from read as r
