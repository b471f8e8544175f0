-- Which cause does a message broker client's error name?
-- kind: direct
-- idle without: queue_origins
with spoken as (
    select
        o.*,
        case
            -- The app's process had no descriptor left for a socket.
            when tells_files_used_up(o.words) then ''
            when regexp_matches(o.words, '(?i)\bpool(ed)?\b.*(timed? ?out|exhausted)|(timed? ?out|exhausted).*\bpool\b') then ''
            -- What the app wanted to send was the trouble, not the broker.
            when regexp_matches(o.words, '(?i)(Encode|Decode|Serialization|Deserialization|Serializer|ContentDisallowed|MessageConversion)(Error|Exception)?\b') then ''
            when regexp_matches(o.words, 'ACCESS_REFUSED - (access|operation)|NOT_ALLOWED - access|(?i)(Topic|Group|Cluster|TransactionalId)_?Authorization(Failed)?|_AUTHORIZATION_FAILED|not authorized to access') then 'config.permission_denied'
            when regexp_matches(o.words, 'ACCESS_REFUSED|(?i)(Possible|Probable)?Authentication(Failure|Failed)?(Exception|Error)|authentication (failed|failure)|login was refused|SASL.*(fail|error|denied)|Sasl(Authentication)?\w*(Error|Exception)|Authorization Violation|authorization violation|\b(401|403)\b.*(unauthorized|forbidden)') then 'config.bad_credentials'
            when regexp_matches(o.words, 'NOT_FOUND - |PRECONDITION_FAILED|RESOURCE_LOCKED|RESOURCE_ERROR|COMMAND_INVALID|CHANNEL_ERROR') then 'queue.error'
            -- A broker that was connected and then kept its client waiting.
            when regexp_matches(o.words, '(?i)connection_?blocked_?timeout|blocked connection timeout|heartbeat_?timeout|(missed|too many) .*heartbeats?|heartbeats? (missed|timed? ?out)')
                then 'queue.timeout'
            when regexp_matches(o.words, '(?i)refused|name or service not known|name resolution|getaddrinfo|\bENOTFOUND\b|UnknownHost|no such host|no route to host|unreachable|NoBrokersAvailable|out of available brokers|no servers available|None of the specified endpoints|bootstrap|brokers? (are |is )?down|ALL_BROKERS_DOWN|transport failure|CONNECTION[_-]FORCED|AMQP(Connection|IO|ConnectionClosed)\w*(Error|Exception)|AmqpConnect|AmqpIOException|TCPConnectionFailed|AMQPConnectorException|KafkaConnectionError|KafkaJSConnectionError|(connection|socket|channel|stream)( is| was| unexpectedly)?( already)? ?(closed|reset|lost)|StreamLost|ConnectionClosed|AlreadyClosed|ShutdownSignalException|reset by peer|\b(ECONN(REFUSED|RESET)|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE)\b|connect(ion)? ?(timed? ?out|timeout)|handshake.*timed? ?out|broken pipe|: EOF\b|unexpected EOF')
                then 'queue.unreachable'
            when regexp_matches(o.words, '(?i)time[sd]? ?-?out|metadata (after|for)|deadline exceeded|NoResponse') then 'queue.timeout'
            else 'queue.error'
        end as cause
    from queue_origins as o
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
    'the broker client says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
