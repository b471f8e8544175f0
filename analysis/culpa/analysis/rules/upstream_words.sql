-- Which cause does an HTTP client's error name, where no answer came?
-- kind: direct
with spoken as (
    select
        o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
        'upstream' as layer,
        o.callee as component,
        case
            when regexp_matches(o.words, '(?i)certificate|SSLError|SSLException|\[SSL[:\]]|ssl\.SSL|wrong version number|tls alert|tlsv1|handshake (failed|failure|timed out|error)|SSL routines')
            or regexp_matches(o.words, '\b(EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_[A-Z_]+|ERR_SSL_[A-Z_]+|CERT_[A-Z_]+|UNABLE_TO_[A-Z_]+|SELF_SIGNED_[A-Z_]+)\b') then 'upstream.tls'
            when regexp_matches(o.words, '(?i)name or service not known|name resolution|nodename nor servname|getaddrinfo|ENOTFOUND|EAI_AGAIN|NameResolutionError|UnknownHostException|could not resolve|failed to resolve|no address associated') then 'upstream.dns'
            when regexp_matches(o.words, '(?i)(connect|connection)( |)(timed? ?out|timeout)|ConnectTimeout|UND_ERR_CONNECT_TIMEOUT|ETIMEDOUT|EHOSTUNREACH|no route to host|refused|cannot connect to host|reset|ECONNRESET|ECONNREFUSED|broken pipe|disconnected|connection attempts failed|connection aborted|other side closed|socket hang up|RemoteProtocolError|unreachable|max retries exceeded|NewConnectionError|no (available |healthy )?(instance|server|provider|endpoint)s? |does not have available server') and not regexp_matches(o.words, '(?i)read timed out|ReadTimeout') then 'upstream.unreachable'
            when regexp_matches(o.words, '(?i)time(d )?-?out|aborted due to timeout|AbortError|TimeoutException|deadline') then 'upstream.timeout'
            when regexp_matches(o.words, '(?i)too many redirects|redirect') then 'upstream.error_response'
            when regexp_matches(o.words, '(?i)json|decod|parse|unexpected (token|end)') then 'upstream.bad_payload'
            else ''
        end as cause,
        o.object,
        o.location,
        o.share as strength,
        'the HTTP client says: ' || o.brief as statement
    from origins as o
    where
        o.kind_of_callee = 'upstream' and o.status < 400 and o.words <> ''
        and (o.is_call or not o.is_relay or regexp_matches(o.words, '(?i)too many redirects'))
        and not regexp_matches(o.words, '(?i)PoolTimeout|pool is full')
        and not (o.status between 200 and 299 and not o.is_call and not regexp_matches(o.words, '(?i)time|reset|json|decod|redirect'))
)
select * from spoken as s where s.cause <> ''
