-- Which cause does an HTTP, mail, directory or cloud client's error name, where no answer came or none that could be used?
-- kind: direct
-- idle without: upstream_origins
with spoken as (
    select
        o.*,
        case
            -- The caller itself had no descriptor left for a socket.
            when tells_files_used_up(o.words) then ''
            when regexp_matches(o.words, '(?i)PoolTimeout|\bpool is full|connection from pool|pooled connection|connection pool|EmptyPoolError|acquire operation took longer|pending acquire queue') then ''
            -- A client that tried again and again tells what it was answered each time.
            when regexp_matches(o.words, 'too many 429 error responses') then 'upstream.rate_limited'
            when regexp_matches(o.words, 'too many [45][0-9]{2} error responses') then 'upstream.error_response'
            -- Clouds name the trouble in the middle of a sentence.
            when regexp_matches(o.words, '\b(Throttling(Exception)?|ThrottledException|TooManyRequests(Exception)?|SlowDown|RequestLimitExceeded|ProvisionedThroughputExceeded(Exception)?|RateLimitError|RequestThrottled(Exception)?|LimitExceededException)\b') then 'upstream.rate_limited'
            when regexp_matches(o.words, '\b(AccessDenied(Exception)?|UnauthorizedOperation|InvalidClientTokenId|SignatureDoesNotMatch|ExpiredToken(Exception)?|UnrecognizedClient(Exception)?|InvalidAccessKeyId|AuthFailure|InvalidSignatureException|IncompleteSignature)\b')
                or regexp_matches(o.words, '(?i)SMTPAuthenticationError|\binvalid api key\b|(openai|anthropic|stripe|azure\.core\.exceptions)\.(client)?authentication|Net::SMTPAuthenticationError|\bEAUTH\b|mail\.AuthenticationFailed|Invalid login: 535|\b535[ -]5\.7|LDAPInvalidCredentials|invalidCredentials|LDAP: error code 49|INVALID_CREDENTIALS|AuthenticationException: \[LDAP')
                then 'config.bad_credentials'
            when regexp_matches(o.words, 'NoCredentialsError|NoRegionError|PartialCredentials|[Uu]nable to (locate|load) (AWS )?credentials|failed to (refresh cached|retrieve) credentials|CredentialsProviderError') then ''
            when regexp_matches(o.words, 'An error occurred \([A-Za-z0-9.]+\) when calling the|, api error [A-Za-z]+: ') then 'upstream.error_response'
            when regexp_matches(o.words, '(?i)SMTP(RecipientsRefused|SenderRefused|Data|Response|Helo)Error|SMTP(Fatal|ServerBusy|Syntax|Unknown)Error|SMTPSendFailed|SMTPAddressFailed|EENVELOPE|EMESSAGE') then 'upstream.error_response'
            when regexp_matches(o.words, '(?i)certificate|SSLError|SSLException|SSLHandshake|SSLPeerUnverified|\[SSL[:\]]|ssl\.SSL|OpenSSL::SSL|wrong version number|tls alert|tlsv1|\btls: |:tls_alert|handshake (failed|failure|timed out|error)|SSL routines|PKIX path|x509: |\bsecure_connection_error\b|SSL connection could not be established|cURL error (35|51|58|60|77)\b')
                or regexp_matches(o.words, '\b(EPROTO|DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_[A-Z_]+|ERR_SSL_[A-Z_]+|CERT_[A-Z_]+|UNABLE_TO_[A-Z_]+|SELF_SIGNED_[A-Z_]+)\b') then 'upstream.tls'
            when regexp_matches(o.words, '(?i)name or service not known|name resolution|nodename nor servname|getaddrinfo|\bENOTFOUND\b|\bEAI_AGAIN\b|NameResolutionError|UnknownHostException|UnresolvedAddress|could not resolve|failed to resolve|no address associated|no such host|name does not resolve|dns error|failed to lookup address|:?nxdomain|\bname_resolution_error\b|cURL error 6\b|php_network_getaddresses') then 'upstream.dns'
            when regexp_matches(o.words, '(?i)redirects? (error|loop|count exceeded)|too ?many ?(http )?redirect|maximum (allowed |number of )?redirect|exceeded ([a-z]+ )*[0-9]* ?redirects|redirected too many|stopped after [0-9]+ redirects|not follow more than [0-9]+ redirects|lead to an infinite loop|cURL error 47\b|TOO_MANY_REDIRECTS|RedirectLimitReached') then 'upstream.error_response'
            -- An answer had begun, and its body ended before its time or made no sense.
            when regexp_matches(o.words, '(?i)IncompleteRead|incomplete chunked read|without sending complete message body|InvalidChunkLength|illegal chunk|Invalid character in chunk size|ContentLengthError|TransferEncodingError|payload is not completed|CONTENT_LENGTH_MISMATCH|HPE_INVALID_CHUNK|Z_DATA_ERROR|cURL error (18|61)\b|wrong chunk size line|stream has been aborted|hexadecimal sequence in chunked|incorrect header check')
                and not regexp_matches(o.words, '(?i)reset') then 'upstream.bad_payload'
            -- Node hides which error ended the body; the stack shows that it was the decompressor's.
            when regexp_matches(o.words, 'TypeError: terminated\b') and regexp_matches(o.stacktrace, '\bat (Gunzip|Inflate|InflateRaw|Unzip|BrotliDecompress|ZstdDecompress)\.emit ')
                then 'upstream.bad_payload'
            when not regexp_matches(o.words, '(?i)read timed out|ReadTimeout|Client\.Timeout exceeded while awaiting|awaiting response headers|reading a response')
                and regexp_matches(o.words, '(?i)(connect|connection)( |)(timed? ?out|timeout)|ConnectTimeout|OpenTimeout|UND_ERR_CONNECT_TIMEOUT|\bETIMEDOUT\b|\bEHOSTUNREACH\b|\bENETUNREACH\b|no route to host|refused|connect call failed|\bECONNREFUSED\b|:?econnrefused|cannot connect to host|(unable|failed|could not|couldn''t|cannot) (to )?connect|failed to open tcp connection|reset|\bECONNRESET\b|broken pipe|\bEPIPE\b|disconnected|connection attempts failed|connection aborted|other side closed|socket hang up|\bUND_ERR_SOCKET\b|RemoteProtocolError|BadStatusLine|BadHttpMessage|HPE_INVALID_CONSTANT|Parse Error: Expected HTTP/|unreachable|max retries exceeded|NewConnectionError|NoHttpResponse|failed to respond|prematurely closed|ended prematurely|\bIncompleteRead\b|ClientPayloadError|payload is not completed|Premature (close|EOF|end of )|transfer closed with|TypeError: terminated\b|unexpected end of stream|connection (was |is |unexpectedly )?closed|closed unexpectedly|server closed|unexpected end of file|end of file reached|EOFError|: EOF\b|unexpected EOF|empty reply|recv failure|cURL error (7|52|56)\b|dial tcp .*i/o timeout|actively refused|Can''t contact LDAP|unable to open socket|SMTPConnectError|SMTPServerDisconnected|\bESOCKET\b|\bECONNECTION\b|\b(connection_error|response_ended|proxy_tunnel_error|http_protocol_error)\b|\bConnect(Exception|Error)$|(^|\.)Connection(Refused|Reset)?Error$|no (available |healthy )?(instance|server|provider|endpoint)s? |does not have available server')
                then 'upstream.unreachable'
            when regexp_matches(o.words, '(?i)time[sd]? ?-?out|aborted due to timeout|AbortError|TimeoutException|deadline exceeded|execution expired|TaskCanceledException|operation was cancell?ed|cURL error 28\b') then 'upstream.timeout'
            when o.status = 0 and regexp_matches(o.words, '(?i)JSONDecodeError|is not valid JSON|Unexpected token|unexpected end of JSON|JSON::ParserError|Json(Parse|Reader)?Exception|DecodeException|DecodingError|ContentTypeError|ContentDecoding|Could not extract response|UnknownContentType|Expecting value|PAYLOAD|\binvalid_response\b') then 'upstream.bad_payload'
            else ''
        end as cause
    from upstream_origins as o
    where
        o.status < 400 and o.words <> ''
        and (o.is_call or not o.is_relay or regexp_matches(o.words, '(?i)redirect|too many [0-9]{3} error responses'))
        and not (o.status between 200 and 299 and not o.is_call and not regexp_matches(o.words, '(?i)time|reset|json|decod|redirect|closed?\b|EOF|IncompleteRead|payload is not completed|premature|terminated|aborted|end of stream|chunk|Content-?Length'))
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case when s.cause like 'config.%' then s.service else s.callee end as component,
    s.cause,
    s.object,
    s.location,
    s.share as strength,
    'the client says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
