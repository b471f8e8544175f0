-- What the lines of web servers' error logs say, in words of our own.
-- idle without: joined_logs
-- columns: log_id, says ('app': words of the app or script behind it, not of the server; refused, no_socket, connect_timeout,
--   read_timeout, closed_early, cut, reset, bad_answer, tls, name, no_upstream, loop, denied, limit, files, subrequest, script,
--   directive, script_timeout, script_output, daemon_died, disk, memory, busy, nothing, other)
with lines as (
    select distinct l.log_id, l.body, l.scope_name
    from joined_logs as l
    semi join scoped_access as a on l.service_name = a.service_name
    where l.format <> 'otlp' and l.severity_number >= 13
)
select
    l.log_id,
    case
        when regexp_matches(l.body, 'FastCGI sent in stderr|PHP message: |AH01071|Got error ''PHP ') then 'app'
        when regexp_matches(l.body, '(?i)\.htaccess: |Invalid command ''|rewritten URI has a zero length|could not find named location|invalid URL prefix in|(no|invalid) (host|port) in upstream|AH01144: |AH00027: |No protocol handler was valid for the URL')
            then 'directive'
        when regexp_matches(l.body, 'is buffered to a temporary file') then 'nothing'
        when regexp_matches(l.body, '(?i)Script timed out before returning headers|Timeout when reading response headers from daemon') then 'script_timeout'
        when regexp_matches(l.body, '(?i)Truncated or oversized response headers received from daemon') then 'daemon_died'
        -- The app behind a proxy is no script of the web server's.
        when starts_with(l.scope_name, 'proxy') and regexp_matches(l.body, 'End of script output before headers|malformed header from script|AH01070')
            then 'bad_answer'
        when regexp_matches(l.body, '\(13\)Permission denied: .*exec of ''[^'']*'' failed') then 'denied'
        when regexp_matches(l.body, '^\(12\)Cannot allocate memory') then 'memory'
        when regexp_matches(l.body, '(?i)End of script output before headers|AH02429: |AH0122[23]: |AH01257: |Premature end of script headers|exec of ''[^'']*'' failed|malformed header from script') then 'script_output'
        -- What the module that runs the app prints for it.
        when regexp_matches(l.scope_name, '^(wsgi|php[0-9]*|cgid?|script|python|perl)$') then 'app'
        when regexp_matches(l.body, '(?i)too many open files|\(2[34]: ') then 'files'
        when regexp_matches(l.body, '\(28: |\(28\)No space left|: no space left on device') then 'disk'
        when regexp_matches(l.body, '\(12: |\(12\)Cannot allocate memory') then 'memory'
        -- A socket of this machine that nobody accepts on has its queue full.
        when regexp_matches(l.body, '\(11: Resource temporarily unavailable\) while connecting to upstream') then 'busy'
        when regexp_matches(l.body, '(?i)rewrite or internal redirection cycle|exceeded the limit of [0-9]+ internal redirects|while internally redirecting') then 'loop'
        when regexp_matches(l.body, '(?i)limiting (requests|connections)|worker_connections are not enough') then 'limit'
        when regexp_matches(l.body, '(?i)\(13: Permission denied\)|permission denied') then 'denied'
        when regexp_matches(l.body, '(?i)SSL_do_handshake|SSL certificate|SSL handshake|tls: |x509: |http: server gave HTTP response to HTTPS client') then 'tls'
        when regexp_matches(l.body, '(?i)could not be resolved|no resolver defined|host not found in upstream|DNS lookup failure|no such host|server misbehaving|lookup [^ ]+ (on|:)') then 'name'
        when regexp_matches(l.body, '(?i)no live upstreams|All workers are in error state|disabled connection for |no upstreams available|no healthy upstream') then 'no_upstream'
        when regexp_matches(l.body, '(?i)auth request unexpected status: 5') then 'subrequest'
        when regexp_matches(l.body, '(?i)js exception|lua entry thread aborted|failed to run .*_by_lua') then 'script'
        when regexp_matches(l.body, '(?i)\(2: No such file or directory\)[^,]* while connecting to upstream|unix [^ ]+: connect: no such file') then 'no_socket'
        when regexp_matches(l.body, '(?i)(timed out|i/o timeout|timeout specified has expired)') and regexp_matches(l.body, '(?i)while connecting to upstream|dial tcp|attempt to connect to') then 'connect_timeout'
        when regexp_matches(l.body, '(?i)connection refused|connect\(\) failed|attempt to connect to .* failed|failed to make connection to backend|no route to host|dial (tcp|unix)') then 'refused'
        when regexp_matches(l.body, '(?i)upstream timed out|timeout awaiting response headers|i/o timeout|timeout specified has expired|timed out') then 'read_timeout'
        when regexp_matches(l.body, '(?i)while reading upstream|AH01110|aborting with incomplete response') then 'cut'
        when regexp_matches(l.body, '(?i)too big header|got bogus version|bad HTTP/[0-9.]+ header returned by|invalid header|no valid HTTP|malformed (HTTP|chunked|MIME)|upstream sent|unexpected status line|net/http: HTTP/1|bad response') then 'bad_answer'
        when regexp_matches(l.body, '(?i)connection reset by peer|\(104: |broken pipe') then 'reset'
        -- Apache's 20014 at the status line: the connection ended before a byte came.
        when regexp_matches(l.body, '(?i)\(20014\).*error reading status line|prematurely closed|unexpected EOF|\bEOF\b|server closed idle connection|end of file') then 'closed_early'
        -- With any other error: a byte came, and it began no answer.
        when contains(l.body, 'error reading status line') then 'bad_answer'
        else 'other'
    end as says
from lines as l
