-- Which requests kept the workers busy while another one waited for a free one?
-- In the app's own clock: whoever was at work for most of the time that the request waited.
-- one row per: trace_id, request_span_id
-- idle without: outwaited
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   service varchar: component name of who was busy
--   span_id, span_name varchar, start_time timestamp_ns, duration_ns bigint: of the longest of them
--   requests bigint: how many were at work
with waited as (
    select
        w.trace_id, w.request_span_id, w.unit_span_id, w.service, s.service_name, s.start_ns as until_ns, s.start_ns - w.delay_ns as from_ns,
        w.delay_ns
    from outwaited as w
    join scoped_spans as s on w.trace_id = s.trace_id and w.unit_span_id = s.span_id
    where w.is_begun_late
),
reach as (
    select
        make_timestamp_ns(min(w.from_ns) - 600000000000) as from_time, make_timestamp_ns(max(w.until_ns)) as to_time,
        min(w.delay_ns) as least_ns
    from waited as w
),
long_ones as (
    select
        s.trace_id, s.span_id, s.service_name, s.span_name, s.start_time, epoch_ns(s.start_time) as start_ns, s.duration_ns
    from spans as s
    where
        s.start_time >= (select r.from_time from reach as r) and s.start_time <= (select r.to_time from reach as r)
        and s.kind = 2 and s.duration_ns >= 0.5 * (select r.least_ns from reach as r)
),
at_work as (
    select
        w.trace_id, w.request_span_id, w.service, o.span_id, o.span_name, o.start_time, o.duration_ns,
        count(*) over (partition by w.trace_id, w.request_span_id) as requests
    from waited as w
    join long_ones as o on w.service_name = o.service_name and w.unit_span_id <> o.span_id
    where least(o.start_ns + o.duration_ns, w.until_ns) - greatest(o.start_ns, w.from_ns) >= 0.5 * w.delay_ns
    qualify row_number() over (partition by w.trace_id, w.request_span_id order by o.duration_ns desc, o.span_id) = 1
)
select a.* from at_work as a
