-- Which cause does a cache client's error name?
-- kind: direct
with spoken as (
    select
        o.*,
        case
            -- The app's own pool of connections had none left: not the cache's trouble.
            when regexp_matches(o.words, '(?i)no connection available|MaxConnectionsError|connection pool (timeout|exhausted)|pool (is )?exhausted|timeout waiting for idle object|could not get a resource (from|since) the pool|ConnectionPool::TimeoutError|Waited [0-9.]+ sec') then ''
            when regexp_matches(o.words, '(?i)\bNOPERM\b|NoPermission') then 'config.permission_denied'
            when regexp_matches(o.words, '(?i)\bWRONGPASS\b|\bNOAUTH\b|invalid (username-)?password|AuthenticationError|AuthenticationException|AUTH failed|Client sent AUTH, but no password|without any password configured') then 'config.bad_credentials'
            when regexp_matches(o.words, '(?i)refused|\bECONN(REFUSED|RESET)\b|\bEHOSTUNREACH\b|name or service not known|name resolution|getaddrinfo|\bENOTFOUND\b|no such host|UnknownHost|no route to host|unreachable|No such file|CannotConnect|(unable|failed|not possible) to connect|failed connecting|time(d )? ?out connecting|connecting to .* timed? ?out|connect(ion)? timed out|connect(ion)? timeout|ConnectionTimeout|dial tcp|connection( is| was)? ?(closed|lost|reset)|closed by server|Socket closed|closed unexpectedly|went away|reset by peer|broken pipe|max retries per request|enableOfflineQueue|no reachable node|SERVER HAS FAILED|: EOF\b|unexpected EOF|Error (111|113|110|-2|104|32) ')
                then 'cache.unreachable'
            when regexp_matches(o.words, '(?i)time[sd]? ?-?out|timeout performing|deadline exceeded|read error on connection') then 'cache.timeout'
            else 'cache.error'
        end as cause
    from cache_origins as o
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case when s.cause like 'config.%' then s.service else s.callee end as component,
    s.cause,
    s.object,
    s.location,
    s.share as strength,
    'the cache client says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
