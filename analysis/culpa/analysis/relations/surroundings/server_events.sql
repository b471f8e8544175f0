-- What happened to a process or a server as a whole, near a failed request.
-- one row per: log_id
-- idle without: nameless_lines
-- columns:
--   log_id varchar, at_ns bigint, service_name, format, event_name, error_code varchar: as in near_lines
--   told_pid bigint, told_host varchar: to whom it happened, 0 and '' if not known
--   is_of_process boolean: not of the whole server
--   is_of_before boolean: its time is that of a line before: it happened then or later
with twins as (
    select l.log_id
    from nameless_lines as l
    join exceptions as e on l.event_name in ('script.timeout', 'memory.exhausted') and e.message <> '' and contains(l.body, e.message)
    where
        e.trace_id <> '' and e."time" >= make_timestamp_ns($since_ns) - interval 2 minute
        and abs(l.at_ns - epoch_ns(e."time")) <= 2000000000
)
select
    l.log_id, l.at_ns, l.service_name, l.format, l.event_name, l.error_code, l.told_pid, l.told_host,
    starts_with(l.event_name, 'worker.') or starts_with(l.event_name, 'process.')
        -- What an app's own output ends with is of its process; a database's is of the server.
        or (l.event_name = 'server.crashed' and l.format in @formats of_process@)
        -- So it is with memory, where a process ends for want of it.
        or (l.event_name = 'memory.exhausted' and l.format in @formats ends_at_memory@) as is_of_process,
    attr(l.attr_keys, l.attr_vals, 'log.time_of_line_before') = 'true' as is_of_before
from nameless_lines as l
-- Words that an exception of a known trace bears at that time are of its request, and of no other.
anti join twins as x on l.log_id = x.log_id
where
    -- A database tells in the words of one connection that it cannot use its own files.
    (l.connection_id = '' or (l.event_name in ('storage.failed', 'disk.full') and l.format in @formats database@))
    and l.url_path = '' and l.event_name <> '' and not starts_with(l.event_name, 'request.')
