-- Which cause does a cache client's error name?
-- kind: direct
-- idle without: cache_origins
with turned_away as (
    select distinct o.trace_id, o.request_span_id, c.callee
    from cache_origins as o
    left join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
    left join calls as c on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
    where c.is_failed and regexp_matches(c.words, '\b(WRONGPASS|NOAUTH)\b|invalid (username-)?password|without any password configured')
),
spoken as (
    select
        o.*,
        case
            -- Some clients close a connection that the cache would not let in, and tell the caller of that alone.
            when t.callee is not null and regexp_matches(o.words, '(?i)connection( is| was)? ?(closed|lost|ended)|closed by server|socket closed') then 'config.bad_credentials'
            -- The app's process had no descriptor left for a socket.
            when tells_files_used_up(o.words) then ''
            -- The app's own pool of connections had none left: not the cache's trouble.
            when regexp_matches(o.words, '(?i)no connection available|MaxConnectionsError|connection pool (timeout|exhausted)|pool (is )?exhausted|timeout waiting for idle object|could not get a resource (from|since) the pool|ConnectionPool::TimeoutError|Waited [0-9.]+ sec') then ''
            -- What the client's own code refused, or could not read, the cache never said.
            when regexp_matches(o.origin_type, '(^|\.)(TypeError|ValueError|KeyError|IndexError|AttributeError|RangeError|ReferenceError|ArgumentError|NoMethodError|Unicode(De|En)codeError)$|^redis\.exceptions\.DataError$') then ''
            when regexp_matches(o.words, '(?i)\bNOPERM\b|NoPermission|connecting to unix socket: [^ ]+ Permission denied') then 'config.permission_denied'
            when regexp_matches(o.words, '(?i)\bWRONGPASS\b|\bNOAUTH\b|invalid (username-)?password|AuthenticationError|AuthenticationException|AUTH failed|Client sent AUTH, but no password|without any password configured') then 'config.bad_credentials'
            when regexp_matches(o.words, '(?i)refused|\bECONN(REFUSED|RESET)\b|\bEHOSTUNREACH\b|name or service not known|name resolution|getaddrinfo|\bENOTFOUND\b|no such host|UnknownHost|no route to host|unreachable|No such file|CannotConnect|(unable|failed|not possible) to connect|failed connecting|time(d )? ?out connecting|connecting to .* timed? ?out|connect(ion)? timed out|connect(ion)? timeout|ConnectionTimeout|dial tcp|connection( is| was)? ?(closed|lost|reset)|closed by server|Socket closed|closed unexpectedly|went away|reset by peer|broken pipe|max retries per request|enableOfflineQueue|no reachable node|SERVER HAS FAILED|: EOF\b|unexpected EOF|Error (111|113|110|-2|104|32) ')
                then 'cache.unreachable'
            when regexp_matches(o.words, '(?i)time[sd]? ?-?out|timeout performing|deadline exceeded|read error on connection') then 'cache.timeout'
            else 'cache.error'
        end as cause
    from cache_origins as o
    left join turned_away as t on o.trace_id = t.trace_id and o.request_span_id = t.request_span_id and o.callee = t.callee
    where o.words <> ''
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
