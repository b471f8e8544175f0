-- Did the app's own connection pool have no free connection?
-- kind: direct
-- idle without: origins
-- A pool of threads, a pool that is full of idle connections, and a pooler in front of the database (pgbouncer) are others.
with heard as (
    select o.*, @says pool_exhausted (words: o.words, stack: o.stacktrace)@ as said
    from origins as o
)
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.pool_exhausted' as cause,
    coalesce(nullif(regexp_extract(o.words, '\b([A-Z][A-Za-z]*Pool)\b', 1), ''), o.callee) as object,
    o.location,
    -- That a connection did not come is less than why, where somebody on the way took the words.
    case
        when o.said <> 'app.pool_exhausted' and regexp_matches(o.words, '^[A-Za-z_.*]{1,100}: $') then 0.2
        else 1.0
    end as strength,
    'no free connection in the pool: ' || o.brief as statement
from heard as o
where case o.said when 'app.pool_exhausted' then true when 'another' then false else o.is_pool_wait end
