-- What is held of the newest failed request of each of these problems?
-- params: fingerprints varchar[]; since_ns bigint, until_ns bigint (ns since 1970)
-- columns: those of the contract of `verdicts`; first_change (what was changed before the first of them, '' for nothing)
with told as (
    select r.*
    from verdict_revisions as r
    where r.ended_at >= make_timestamp_ns($since_ns) and r.ended_at < make_timestamp_ns($until_ns)
        and list_contains($fingerprints, r.fingerprint)
    qualify row_number() over (
        partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc
    ) = 1 and not r.withdrawn
)
select
    t.*,
    coalesce(first_value(t.change) over (
        partition by t.fingerprint order by case when t.change <> '' then 0 else 1 end, t.ended_at
        rows between unbounded preceding and unbounded following
    ), '') as first_change
from told as t
where not t.truncated
qualify row_number() over (partition by t.fingerprint order by t.ended_at desc, t.trace_id) = 1
