-- Lines that tell of a failed request which no access log has, and those that name no path: most stores have none.
-- one row per: log_id
-- idle without: tellers
-- columns:
--   as in tellers
with wished as (
    select a.* from tellers as a
    semi join told_lines as t on a.log_id = t.log_id
    where a.is_of_server or a.url_path <> ''
),
-- Each once for the minute in which it falls, and for those beside it: of many lines of one path few are compared.
placed as (
    select w.*, unnest([w.at_ns - w.at_ns % 60000000000 - 60000000000, w.at_ns - w.at_ns % 60000000000, w.at_ns - w.at_ns % 60000000000 + 60000000000])
        as minute_ns
    from wished as w
    where w.at_ns > 0 and w.rank > 0
),
lines as (
    select
        a.trace_id, a.format, a.service_name, a.http_request_method as method, a.url_path, a.http_response_status_code as status,
        regexp_extract(a.url_path, '[^/]*$') as last_part, attr(a.attr_keys, a.attr_vals, 'nginx.uri') as rewritten,
        attr(a.attr_keys, a.attr_vals, 'client.address') as client_address,
        epoch_ns(a.start_time) as start_ns, epoch_ns(a.start_time) + a.duration_ns as end_ns,
        -- Whole seconds without a duration: of the begin.
        a.duration_ns = 0 and a.format in @formats begins@ as is_begin
    from access as a
    where a.start_time >= make_timestamp_ns($since_ns) - interval 10 minute or a.start_time <= make_timestamp_ns(0)
),
-- By the path that the client asked for, and by the one that the web server made of it.
reached_paths as (
    select l.*, l.url_path as path, l.last_part as last_of_path from lines as l
    union all
    select l.*, l.rewritten as path, regexp_extract(l.rewritten, '[^/]*$') as last_of_path from lines as l where l.rewritten <> ''
),
ended as (
    select r.*, unnest(range(r.end_ns - r.end_ns % 60000000000, r.end_ns + case when r.is_begin then 310000000000 else 1 end, 60000000000)) as minute_ns
    from reached_paths as r
    where r.start_ns > 0
),
-- In which four seconds of every half hour: those around its end.
alike as (
    select r.*, unnest([r.end_ns - 2000000000, r.end_ns + 2000000000]) as near_ns, (near_ns - near_ns % 4000000000) % 1800000000000 as tick_ns
    from reached_paths as r
    where r.start_ns > 0
),
-- The same request in the web server's access log, whatever was answered there in the end.
recorded as (
    -- An app's own line is written when the work ends.
    select w.log_id
    from placed as w
    join ended as a on w.last_part = a.last_of_path and w.minute_ns = a.minute_ns
    where
        (ends_with(a.path, w.url_path) or ends_with(w.url_path, a.path)) and (w.method = '' or a.method = '' or w.method = a.method)
        and w.at_ns between a.start_ns - 5000000000 and a.end_ns + case when a.is_begin then 310000000000 else 5000000000 end
        -- What went well in the end went wrong before by an attempt: then both times are near.
        and (a.status >= 499 or w.at_ns between a.start_ns - 2000000000 and a.end_ns + 2000000000)
    union all
    -- Times without a zone are off by half hours.
    select w.log_id
    from wished as w
    join alike as a on w.last_part = a.last_of_path and w.status = a.status and (w.at_ns - w.at_ns % 4000000000) % 1800000000000 = a.tick_ns
    where
        w.at_ns > 0 and w.rank > 0 and (ends_with(a.path, w.url_path) or ends_with(w.url_path, a.path))
        and (w.method = '' or a.method = '' or w.method = a.method) and abs(w.at_ns - a.end_ns) <= 50400000000000
    union all
    select w.log_id
    from wished as w
    join reached_paths as a on w.last_part = a.last_of_path
    where
        (w.at_ns <= 0 or a.start_ns <= 0) and (ends_with(a.path, w.url_path) or ends_with(w.url_path, a.path))
        and (w.method = '' or a.method = '' or w.method = a.method) and a.status >= 499
    union all
    -- A web server's own line knows who asked, and may be of an early attempt; some know nothing else.
    select w.log_id
    from wished as w
    join reached_paths as a on w.client_address = a.client_address and w.service_name = a.service_name
    where
        w.is_of_server and (w.url_path = '' or a.path = w.url_path) and (w.method = '' or a.method = '' or w.method = a.method)
        and (
            w.at_ns <= 0 or a.start_ns <= 0
            or w.at_ns between case when a.end_ns > a.start_ns or a.is_begin then a.start_ns else a.start_ns - 60000000000 end - 2000000000
                and a.end_ns + case when a.is_begin then 310000000000 else 2000000000 end
        )
    union all
    -- Or the connection, where the access log knows that.
    select w.log_id
    from wished as w
    join access as a
        on w.connection_id = a.connection_id and w.process_pid = a.process_pid and w.service_name = a.service_name and w.url_path = a.url_path
    where
        w.is_of_server and w.connection_id <> '' and a.start_time >= make_timestamp_ns($since_ns) - interval 10 minute
        and (w.at_ns <= 0 or w.at_ns between epoch_ns(a.start_time) - 2000000000 and epoch_ns(a.start_time) + a.duration_ns + 2000000000)
    union all
    -- The line names the trace.
    select w.log_id from wished as w semi join lines as a on w.trace_id = a.trace_id
)
select w.* from wished as w
anti join recorded as r on w.log_id = r.log_id
union all
select a.* from tellers as a
semi join told_lines as t on a.log_id = t.log_id
where not a.is_of_server and a.url_path = '' and not a.is_of_script
