-- Which verdicts has a destination not had yet? Oldest first.
-- params: destination varchar; since_ns bigint (judged at, ns since 1970); max_rows bigint
-- columns: those of verdict_revisions; ended_ns, judged_ns (ns since 1970)
with told as (
    select d.trace_id, d.request_span_id, d.judged_at
    from onward_deliveries as d
    where d.destination = $destination
),
-- That nothing failed is news only to whoever heard that something did.
heard as (
    select distinct t.trace_id, t.request_span_id from told as t
)
select r.*, epoch_ns(r.ended_at) as ended_ns, epoch_ns(r.judged_at) as judged_ns
from verdict_revisions as r
anti join told as t
    on r.trace_id = t.trace_id and r.request_span_id = t.request_span_id and r.judged_at = t.judged_at
where r.judged_at >= make_timestamp_ns($since_ns)
    and (
        (r.settled and not r.withdrawn)
        or (r.withdrawn and (r.trace_id, r.request_span_id) in (select (h.trace_id, h.request_span_id) from heard as h))
    )
order by r.judged_at, r.trace_id, r.request_span_id
limit $max_rows
