-- Which cause does a message broker client's error name?
-- kind: direct
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    case when regexp_matches(o.words, '(?i)ACCESS_REFUSED|PLAIN|authentication|ProbableAuthenticationError') then 'config' else 'queue' end as layer,
    case when regexp_matches(o.words, '(?i)ACCESS_REFUSED|PLAIN|authentication|ProbableAuthenticationError') then o.service else o.callee end as component,
    case
        when regexp_matches(o.words, '(?i)ACCESS_REFUSED|PLAIN|authentication|ProbableAuthenticationError') then 'config.bad_credentials'
        when regexp_matches(o.words, '(?i)refused|name or service not known|getaddrinfo|ENOTFOUND|no route to host|unreachable|NoBrokersAvailable|AMQPConnectionError|connection (was )?(closed|reset|lost)|reset by peer|AMQPConnectorException') then 'queue.unreachable'
        when regexp_matches(o.words, '(?i)time(d )?out|TimeoutError') then 'queue.timeout'
        else 'queue.error'
    end as cause,
    o.object,
    o.location,
    o.share as strength,
    'the broker client says: ' || o.brief as statement
from origins as o
where o.kind_of_callee = 'queue' and not regexp_matches(o.words, '(?i)pool')
