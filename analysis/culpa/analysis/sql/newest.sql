-- Up to when is anything known, and was anything judged since?
-- params: judged_ns bigint (ns since 1970)
-- columns: newest_ns (0: nothing is there), judged_ns (of the latest judgement), judged (verdicts judged after judged_ns)
select
    coalesce(greatest(
        (select epoch_ns(max(s.start_time)) from spans as s),
        (select epoch_ns(max(a.start_time)) from access as a),
        (select epoch_ns(max(r.ended_at)) from verdict_revisions as r)
    ), 0) as newest_ns,
    coalesce((select epoch_ns(max(r.judged_at)) from verdict_revisions as r), 0) as judged_ns,
    (
        select count(distinct (r.trace_id, r.request_span_id))
        from verdict_revisions as r
        where r.judged_at > make_timestamp_ns($judged_ns) and not r.withdrawn
    ) as judged
