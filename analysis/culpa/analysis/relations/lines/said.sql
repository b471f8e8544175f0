-- What the lines of web servers' error logs say, in words of our own.
-- one row per: log_id
-- idle without: joined_logs
-- columns:
--   log_id varchar: of the line
--   says varchar: 'app' (words of the app or script behind it, not of the server), refused, no_socket, connect_timeout, read_timeout,
--     closed_early, cut, reset, bad_answer, tls, name, no_upstream, no_target, loop, denied, limit, files, subrequest, script, directive,
--     script_timeout, script_output, daemon_died, unloadable, database_wait, disk, memory, busy, nothing, other
with lines as (
    select distinct l.log_id, l.body, l.scope_name
    from joined_logs as l
    semi join scoped_access as a on l.service_name = a.service_name
    where l.format not in @formats sent@ and l.severity_number >= 13 and @format language: l.format@ = ''
)
select
    l.log_id,
    @says web_line (line: l.body, module: l.scope_name)@ as says
from lines as l
