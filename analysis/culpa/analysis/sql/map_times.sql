-- Since when are the newest calls, spans that serve, and lines, so many of each?
-- params: since_ns bigint, until_ns bigint, max_spans bigint (of each, and what else came within the same ten seconds)
-- columns: call_ns, served_ns, line_ns (ns since 1970; until_ns where there is none)
-- Counted by ten seconds: to sort so many takes three times as long.
with slots as (
    select
        case when s.kind in (3, 4) then 'call' else 'served' end as what,
        epoch_ns(s.start_time) - epoch_ns(s.start_time) % 10000000000 as slot_ns, count(*) as n
    from spans as s
    where
        (s.kind in (3, 4) or (s.kind in (2, 5) and s.parent_span_id <> ''))
        and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
    group by what, slot_ns
    union all
    select 'line' as what, epoch_ns(a.start_time) - epoch_ns(a.start_time) % 10000000000 as slot_ns, count(*) as n
    from access as a
    where a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($until_ns)
    group by slot_ns
),
counted as (
    select g.what, g.slot_ns, sum(g.n) over (partition by g.what order by g.slot_ns desc) as so_far
    from slots as g
),
begun as (
    select c.what, coalesce(max(c.slot_ns) filter (where c.so_far >= $max_spans), min(c.slot_ns)) as begun_ns
    from counted as c
    group by c.what
)
select
    coalesce(max(b.begun_ns) filter (where b.what = 'call'), $until_ns) as call_ns,
    coalesce(max(b.begun_ns) filter (where b.what = 'served'), $until_ns) as served_ns,
    coalesce(max(b.begun_ns) filter (where b.what = 'line'), $until_ns) as line_ns
from begun as b
