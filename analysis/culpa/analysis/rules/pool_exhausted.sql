-- Did the app's own connection pool have no free connection?
-- kind: direct
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'app' as layer, o.service as component, 'app.pool_exhausted' as cause,
    coalesce(nullif(regexp_extract(o.words, '([A-Za-z]*Pool) ', 1), ''), o.callee) as object,
    o.location,
    case when regexp_matches(o.words, '(?i)pool') or regexp_matches(o.words, '(?i)no connection available') then 1.0 else 0.9 end as strength,
    'no free connection in the pool: ' || o.brief as statement
from origins as o
where
    regexp_matches(o.words, '(?i)QueuePool limit|PoolTimeout|pool[_ ]timeout|couldn''t get a connection after|connection pool (is )?(exhausted|full|timeout)|timeout exceeded when trying to connect|no connection available|could not obtain a database connection within|ConnectionTimeoutError.*pool|Connection is not available, request timed out|Timeout acquiring a connection|pool exhausted|MaxConnectionsError|UND_ERR_.*POOL')
    -- asyncpg's pool tells only TimeoutError: its frames tell the rest.
    or (regexp_matches(o.words, '(^|\.)TimeoutError') and regexp_matches(o.stacktrace, '(asyncpg/pool|psycopg_pool/[a-z_]+|aiomysql/pool|aiopg/pool|sqlalchemy/pool/[a-z_]+)\.py", line [0-9]+, in _?(acquire|getconn|get|connection|_do_get)'))
