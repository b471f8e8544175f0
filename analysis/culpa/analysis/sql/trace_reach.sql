-- From when to when did anything of these traces happen? Who knows that need not look through a whole store again.
-- params: trace_ids varchar[]
-- columns: from_ns, to_ns (ns since 1970; 0 where nothing of them has a time); is_alone (nothing of what they hold can have a part in
--   another trace, and none of their requests is known by a line of a log only: the relations leaked and told_lines are empty for them)
with seen as (
    select
        s.trace_id, epoch_ns(s.start_time) as at_ns, epoch_ns(s.start_time) + s.duration_ns as ended_ns, true as is_span, false as is_line,
        s.http_response_status_code >= 500 and s.kind = 2 and s.parent_span_id = '' as is_half, false as is_told
    from spans as s
    where s.trace_id in (select unnest($trace_ids))
    union all
    select
        a.trace_id, epoch_ns(a.start_time) as at_ns, epoch_ns(a.start_time) + a.duration_ns as ended_ns, false as is_span, true as is_line,
        a.http_response_status_code >= 500 as is_half, false as is_told
    from access as a
    where a.trace_id in (select unnest($trace_ids))
    union all
    select e.trace_id, epoch_ns(e."time") as at_ns, epoch_ns(e."time") as ended_ns, false as is_span, false as is_line, false as is_half, false as is_told
    from exceptions as e
    where e.trace_id in (select unnest($trace_ids))
    union all
    select
        l.trace_id, epoch_ns(l."time") as at_ns, epoch_ns(l."time") as ended_ns, false as is_span, false as is_line, false as is_half,
        l.event_name = 'request.failed' or (l.format in @formats errors@ and l.severity_number >= 13) as is_told
    from logs as l
    where l.trace_id in (select unnest($trace_ids))
),
-- A failure of which one side is known may have the other one elsewhere. The id of a trace of which neither is known may be made of a line.
whole as (
    select
        s.trace_id,
        bool_or(s.is_span) or bool_or(s.is_line) as is_known,
        bool_or(s.is_half) and not (bool_or(s.is_span) and bool_or(s.is_line)) as is_half,
        bool_or(s.is_told) as is_told
    from seen as s
    group by s.trace_id
)
select
    coalesce(min(s.at_ns) filter (where s.at_ns > 0), 0) as from_ns, coalesce(max(s.ended_ns) filter (where s.at_ns > 0), 0) as to_ns,
    coalesce((select count(*) filter (where w.is_known and not w.is_half and not w.is_told) from whole as w), 0) = len($trace_ids) as is_alone
from seen as s
