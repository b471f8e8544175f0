-- Did the app wait in vain for the result of a task that nobody took in time?
-- kind: direct
-- idle without: open_tasks
select
    t.trace_id, t.request_span_id, t.span_id, 'span:' || t.span_id as source, t.start_time as seen_at,
    b.service, coalesce(k.service, t.broker) as callee, 'queue.timeout' as cause,
    case when t.destination <> '' then t.destination else t.name end as object,
    -- Where only time tells that it waited, it may have been busy with its own work; less so if somebody takes such tasks otherwise.
    case when t.is_told then 1.0 when k.service is not null then 0.9 else 0.3 end as strength,
    b.service || ' waited ' || round(t.waited_ns / 1e9, 1) || ' s for the result of ' || t.name || ', which nobody '
        || case when t.answered_by = '' then 'took' else 'took before ' || round(t.delay_ns / 1e9, 1) || ' s had passed' end
        || case when k.service is not null then '; ' || k.service || ' does so otherwise' else '' end as statement
from open_tasks as t
join blamed as b on t.trace_id = b.trace_id and t.request_span_id = b.request_span_id
left join consumers as k on t.trace_id = k.trace_id and t.request_span_id = k.request_span_id and t.unit_span_id = k.unit_span_id
where t.delay_ns >= 0.5 * t.waited_ns
