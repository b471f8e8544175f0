-- Since when are the newest calls, spans that serve, and lines, so many of each?
-- params: since_ns bigint, until_ns bigint, max_spans bigint (of each, and what else came within the same ten seconds)
-- columns: call_ns, served_ns, line_ns (ns since 1970; until_ns where there is none)
-- Counted by ten seconds: to sort so many takes three times as long.
select
    (
        select coalesce(max(c.slot_ns) filter (where c.so_far >= $max_spans), min(c.slot_ns), $until_ns)
        from (
            select g.slot_ns, sum(g.n) over (order by g.slot_ns desc) as so_far
            from (
                select epoch_ns(s.start_time) - epoch_ns(s.start_time) % 10000000000 as slot_ns, count(*) as n
                from spans as s
                where s.kind in (3, 4) and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
                group by slot_ns
            ) as g
        ) as c
    ) as call_ns,
    (
        select coalesce(max(c.slot_ns) filter (where c.so_far >= $max_spans), min(c.slot_ns), $until_ns)
        from (
            select g.slot_ns, sum(g.n) over (order by g.slot_ns desc) as so_far
            from (
                select epoch_ns(s.start_time) - epoch_ns(s.start_time) % 10000000000 as slot_ns, count(*) as n
                from spans as s
                where s.kind in (2, 5) and s.parent_span_id <> '' and s.start_time >= make_timestamp_ns($since_ns) and s.start_time < make_timestamp_ns($until_ns)
                group by slot_ns
            ) as g
        ) as c
    ) as served_ns,
    (
        select coalesce(max(c.slot_ns) filter (where c.so_far >= $max_spans), min(c.slot_ns), $until_ns)
        from (
            select g.slot_ns, sum(g.n) over (order by g.slot_ns desc) as so_far
            from (
                select epoch_ns(a.start_time) - epoch_ns(a.start_time) % 10000000000 as slot_ns, count(*) as n
                from access as a
                where a.start_time >= make_timestamp_ns($since_ns) and a.start_time < make_timestamp_ns($until_ns)
                group by slot_ns
            ) as g
        ) as c
    ) as line_ns
