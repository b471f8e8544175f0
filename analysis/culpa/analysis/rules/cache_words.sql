-- Which cause does a cache client's error name?
-- kind: direct
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    case when regexp_matches(o.words, '(?i)WRONGPASS|NOAUTH|NOPERM|NoPermission|invalid (username-)?password|AuthenticationError') then 'config' else 'cache' end as layer,
    case when regexp_matches(o.words, '(?i)WRONGPASS|NOAUTH|NOPERM|NoPermission|invalid (username-)?password|AuthenticationError') then o.service else o.callee end as component,
    case
        when regexp_matches(o.words, '(?i)WRONGPASS|NOAUTH|invalid (username-)?password|AuthenticationError') then 'config.bad_credentials'
        when regexp_matches(o.words, '(?i)NOPERM|NoPermission') then 'config.permission_denied'
        when regexp_matches(o.words, '(?i)refused|ECONNREFUSED|name or service not known|getaddrinfo|ENOTFOUND|no route to host|unreachable|No such file|timeout connecting|timed out connecting|connecting to .* timed? ?out|connect timed out|connection (was )?closed|closed by server|reset by peer|Error (111|113|110|-2|104|32) ') then 'cache.unreachable'
        when regexp_matches(o.words, '(?i)time(d )?out|TimeoutError') then 'cache.timeout'
        else 'cache.error'
    end as cause,
    o.object,
    o.location,
    o.share as strength,
    'the cache client says: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee = 'cache'
    and not regexp_matches(o.words, '(?i)no connection available|too many connections|pool')
