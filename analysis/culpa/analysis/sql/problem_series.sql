-- How did one problem go over time, beside all requests of its places?
-- params: fingerprint varchar, since_ns bigint, bin_ns bigint, bins bigint
-- columns: bin (from 0), failed, requests (all that were served there, failed or not; where spans were sampled both are estimates),
--          kept (requests that these numbers are of), p50_ns, p95_ns (how long those took)
with own as (
    select v.trace_id, v.request_span_id, v.route, v.path, epoch_ns(v.ended_at) as ended_ns
    from failures as v
    where v.fingerprint = $fingerprint and not v.truncated
),
weights as (
    select s.trace_id, s.span_id, s.weight from sampled_spans() as s where s.trace_id in (select o.trace_id from own as o)
),
failed as (
    select floor((o.ended_ns - $since_ns) / $bin_ns)::bigint as bin, sum(coalesce(w.weight, 1.0)) as failed, count(*) as kept
    from own as o
    left join weights as w on o.trace_id = w.trace_id and o.request_span_id = w.span_id
    where o.ended_ns >= $since_ns and o.ended_ns < $since_ns + $bins * $bin_ns
    group by all
),
served as (
    select epoch_ns(s.start_time) + s.duration_ns as ended_ns, s.duration_ns, sampling_weight(s.sampled_one_in) as weight
    from spans as s
    where s.kind = 2 and s.http_route in (select o.route from own as o where o.route <> '')
        and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($since_ns + $bins * $bin_ns)
    union all
    select epoch_ns(a.start_time) + a.duration_ns as ended_ns, a.duration_ns, 1.0 as weight
    from access as a
    where a.url_path in (select o.path from own as o where o.route = '' and o.path <> '')
        and a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($since_ns + $bins * $bin_ns)
),
all_of_them as (
    select
        floor((s.ended_ns - $since_ns) / $bin_ns)::bigint as bin, sum(s.weight) as requests, count(*) as kept,
        quantile_cont(s.duration_ns, 0.5)::bigint as p50_ns, quantile_cont(s.duration_ns, 0.95)::bigint as p95_ns
    from served as s
    group by all
)
select
    coalesce(f.bin, a.bin)::bigint as bin, round(coalesce(f.failed, 0.0))::bigint as failed,
    round(greatest(coalesce(a.requests, 0.0), coalesce(f.failed, 0.0)))::bigint as requests,
    case when coalesce(a.requests, 0.0) >= coalesce(f.failed, 0.0) then a.kept else f.kept end as kept,
    coalesce(a.p50_ns, 0) as p50_ns, coalesce(a.p95_ns, 0) as p95_ns
from failed as f
full join all_of_them as a on f.bin = a.bin
order by 1
