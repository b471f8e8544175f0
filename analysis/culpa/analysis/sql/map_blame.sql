-- Who fails because of whom?
-- params: as in chosen_verdicts
-- columns: service (that answered 5xx), component (that is to blame), layer, cause (the most frequent), requests (where spans were
--          sampled an estimate), sampled_one_in (requests behind each that was kept, on average)
with weights as (
    -- What takes longer than a day counts once.
    select s.trace_id, s.span_id, s.weight
    from sampled_spans() as s
    where s.start_time >= make_timestamp_ns(greatest($since_ns - 86400000000000, 0))
)
select
    v.service, v.component, max_by(v.layer, v.ended_ns) as layer, mode(v.cause) as cause,
    round(sum(coalesce(w.weight, 1.0)))::bigint as requests, avg(coalesce(w.weight, 1.0)) as sampled_one_in
from (@chosen_verdicts@) as v
left join weights as w on v.trace_id = w.trace_id and v.request_span_id = w.span_id
where v.component <> '' and v.service <> ''
group by v.service, v.component
order by requests desc, v.service, v.component
limit 200
