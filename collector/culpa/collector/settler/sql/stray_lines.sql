-- Which requests are lines of a web server's error log about that name no trace, only a connection?
-- needs: strays(service_name, process_pid, connection_id, time_ns, body)
-- columns: trace_id, is_cut (the line says that the answer broke off: a failure, whatever the status was), start_ns (of the request)

select
    line.trace_id,
    bool_or(@says cut_answer (line: stray.body)@) as is_cut,
    min(epoch_ns(line.start_time)) as start_ns
from strays as stray
inner join access as line
    on stray.service_name = line.service_name
        and stray.process_pid = line.process_pid
        and stray.connection_id = line.connection_id
        -- Error logs have whole seconds.
        and stray.time_ns between epoch_ns(line.start_time) - 1000000000
        and epoch_ns(line.start_time) + line.duration_ns + 1000000000
where line.trace_id <> ''
    and line.start_time >= (select make_timestamp_ns(min(early.time_ns)) - interval 10 minute from strays as early)
group by line.trace_id;
