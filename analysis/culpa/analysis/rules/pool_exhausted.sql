-- Did the app's own connection pool have no free connection?
-- kind: direct
-- idle without: origins
-- A pool of threads, a pool that is full of idle connections, and a pooler in front of the database (pgbouncer) are others.
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'app' as layer, o.service as component, 'app.pool_exhausted' as cause,
    coalesce(nullif(regexp_extract(o.words, '\b([A-Z][A-Za-z]*Pool)\b', 1), ''), o.callee) as object,
    o.location,
    1.0 as strength,
    'no free connection in the pool: ' || o.brief as statement
from origins as o
where
    not regexp_matches(o.words, '(?i)\bpgbouncer\b|discarding connection|total=0\b|pool is closed|gocql: no hosts')
    and (
        o.is_pool_wait
        or regexp_matches(o.words, 'QueuePool limit|\bPoolTimeout\b|PoolTimeoutError|PoolExhausted|PoolAcquire(Timeout|PendingLimit)|MaxConnectionsError|UND_ERR_\w*POOL|EmptyPoolError|PoolError: |psycopg_pool\.TooManyRequests|WaitQueueTimeout|ConnectionAcquireTimeout|ConnectionPoolTooBusy|ConnectionPoolTimeout|ConnectionRequestTimeout|ActiveRecord::ConnectionTimeoutError|ConnectionPool::TimeoutError|KnexTimeoutError|POOL_ENQUEUELIMIT|\bP2024\b')
        or regexp_matches(o.words, '(?i)couldn''t get a connection after|could not obtain a (database )?connection (within|from the pool)|connection pool (is |has been )?(exhausted|full|timeout|empty|reached)|redis: connection pool|timeout exceeded when trying to connect|no connections? available|no connections are allowed|Connection is not available, request timed out|timeout acquiring a connection|pool (is )?(exhausted|empty)|pool error timeout|pooled connections (are|were) in use|obtaining a connection from the pool|checking out a connection|checkout a connection has timed out|while waiting for (new connection|a connection|idle object)|timeout waiting for (a |an )?(idle object|connection from|pooled connection)|acquisition time(d )?out|acquire operation took longer|max(imum)? (pool )?wait queue size|pending acquire queue|fetching a new connection from the connection pool|could not get a resource since the pool|dropped from queue after|ResourceRequest timed out|Queue limit reached|pool timed out while waiting|acquisition timeout while waiting for new connection|waiting for a slot to become available|timed out in bb8|timed out waiting for connection\b')
        -- asyncpg's pool tells only TimeoutError: its frames tell the rest.
        or (regexp_matches(o.words, '(^|\.)(Timeout|Cancelled)Error') and regexp_matches(o.stacktrace, '(asyncpg/pool|psycopg_pool/[a-z_]+|aiomysql/pool|aiopg/pool|sqlalchemy/pool/[a-z_]+)\.py", line [0-9]+, in _?(acquire|getconn|get|connection|_do_get)\b'))
    )
