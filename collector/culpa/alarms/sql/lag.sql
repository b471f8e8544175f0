-- Do verdicts come in time?
-- params: since_ns bigint, until_ns bigint (failed requests that ended in this time, ns since 1970)
-- columns: failing (traces whose root is a failed request: those always get a verdict), judged (traces with a verdict); lag_ns (median time until the first one, 0 for none)
with failing as (
    select distinct s.trace_id
    from spans as s
    where s.kind = 2 and s.http_response_status_code >= 500 and s.parent_span_id = ''
        and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
),
judged as (
    select r.trace_id, min(epoch_ns(r.judged_at) - epoch_ns(r.ended_at)) as lag_ns
    from verdict_revisions as r
    where r.ended_at >= make_timestamp_ns($since_ns) and r.ended_at < make_timestamp_ns($until_ns) and r.kind = 'request'
    group by r.trace_id
)
select
    (select count(*) from failing as f) as failing, (select count(*) from judged as j) as judged,
    coalesce((select median(j.lag_ns) from judged as j), 0)::bigint as lag_ns
