-- Did a connection fail of which nobody knows what it was for?
-- kind: direct
-- idle without: origins
-- The bare error of a socket, a resolver or TLS, without the library that opened it; a failed call on record says more.
with spoken as (
    select
        o.*,
        case
            when regexp_matches(o.words, '(?i)SSLHandshakeException|SSLPeerUnverified|SSLCertVerificationError|^ssl\.SSLError|OpenSSL::SSL::SSLError|x509: |\btls: |remote certificate is invalid|PKIX path')
                or regexp_matches(o.words, '\b(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID)\b') then 'upstream.tls'
            when regexp_matches(o.words, '(?i)gaierror|\b(ENOTFOUND|EAI_AGAIN)\b|UnknownHostException|UnresolvedAddressException|DNSError|: no such host|no such host is known|getaddrinfo|name resolution|name or service not known|php_network_getaddresses') then 'upstream.dns'
            when regexp_matches(o.words, '(?i)^([a-z_]+\.)*ConnectionRefusedError|\b(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|java\.net\.(ConnectException|NoRouteToHostException|PortUnreachableException)|\bdial (tcp|udp|unix).*: |\[Errno (111|113|101|110)\]|\(os error (111|113|101|110)\)|SocketException.*(refused|unreachable|actively refused|timed out)|AnnotatedConnectException|ConnectTimeoutException|Failed to open TCP connection|(stream_socket_client|fsockopen)\(\).*(connect|refused)|:econnrefused\b|Error connecting to [^ ]+:[0-9]+') then 'upstream.unreachable'
            when regexp_matches(o.words, '(?i)\bread tcp .*(reset by peer|EOF)|java\.net\.SocketException: Connection reset|SocketException.*(forcibly closed|reset by peer)') then 'upstream.unreachable'
            when regexp_matches(o.words, '(?i)java\.net\.SocketTimeoutException|\bread tcp .*i/o timeout|^socket\.timeout|Errno::ETIMEDOUT') then 'upstream.timeout'
            else ''
        end as cause
    from origins as o
    where o.kind_of_callee = '' and not o.is_call
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    'upstream' as layer,
    s.callee as component,
    s.cause, '' as object, s.location,
    -- At a port of no renown a broker or a database may have listened as well: clients of the web leave a call on record.
    s.share * case when s.cause in ('upstream.unreachable', 'upstream.timeout') and regexp_matches(s.callee, ':[0-9]+$') then 0.4 else 1.0 end as strength,
    'a connection failed: ' || s.brief as statement
from spoken as s
anti join origins as c on s.trace_id = c.trace_id and s.request_span_id = c.request_span_id and c.is_call
where s.cause <> ''
