-- Which changes came shortly before the problems of a batch of verdicts first appeared?
-- needs: judged(trace_id, request_span_id, fingerprint, ended_ns), verdict_revisions, changes
-- params: window_ns bigint (how long before), slack_ns bigint (clocks differ by so much)
-- columns: fingerprint; first_ns (first occurrence, kept or just judged); known (the change that kept verdicts of it carry, ''
--   if none); is_kept (the first occurrence is a kept verdict's); change_ns, service_name, kind, description, source (one
--   row per change; change_ns 0 where there is none)
with prints as (
    select j.fingerprint, min(j.ended_ns) as first_ns
    from judged as j
    group by j.fingerprint
),
kept as (
    select v.trace_id, v.request_span_id, v.fingerprint, epoch_ns(v.ended_at) as ended_ns, v.change, v.judged_at, v.withdrawn
    from verdict_revisions as v
    semi join prints as p on v.fingerprint = p.fingerprint
    anti join judged as j on v.trace_id = j.trace_id and v.request_span_id = j.request_span_id
),
newest as (
    -- A verdict that was revised may have belonged to another problem before.
    select v.trace_id, v.request_span_id, max(v.judged_at) as judged_at
    from verdict_revisions as v
    semi join kept as k on v.trace_id = k.trace_id
    group by v.trace_id, v.request_span_id
),
standing as (
    select k.fingerprint, min(k.ended_ns) as first_ns, coalesce(min_by(k.change, k.ended_ns) filter (where k.change <> ''), '') as known
    from kept as k
    join newest as n on k.trace_id = n.trace_id and k.request_span_id = n.request_span_id and k.judged_at = n.judged_at
    where not k.withdrawn
    group by k.fingerprint
),
problems_of_batch as (
    select
        p.fingerprint,
        least(p.first_ns, coalesce(s.first_ns, p.first_ns)) as first_ns,
        -- An occurrence that came to light later, from before the kept ones, opens the question again.
        case when coalesce(s.first_ns, p.first_ns + 1) <= p.first_ns then s.known else '' end as known,
        coalesce(s.first_ns, p.first_ns + 1) <= p.first_ns as is_kept
    from prints as p
    left join standing as s on p.fingerprint = s.fingerprint
),
recent as (
    select epoch_ns(c."time") as change_ns, c.service_name, c.kind, c.description, c.source
    from changes as c
    where
        c."time" >= (select make_timestamp_ns(min(b.first_ns) - $window_ns) from problems_of_batch as b)
        and c."time" <= (select make_timestamp_ns(max(b.first_ns) + $slack_ns) from problems_of_batch as b)
)
select
    b.fingerprint, b.first_ns, b.known, b.is_kept,
    coalesce(r.change_ns, 0) as change_ns, coalesce(r.service_name, '') as service_name, coalesce(r.kind, '') as kind,
    coalesce(r.description, '') as description, coalesce(r.source, '') as source
from problems_of_batch as b
left join recent as r on r.change_ns between b.first_ns - $window_ns and b.first_ns + $slack_ns
