-- What was to be told lately, or is not over, and what came of telling it?
-- params: since_ns bigint (ns since 1970)
-- columns: event_id, episode, time_ns, rule, subject, state, opened_ns, summary, details (JSON), channels;
--          deliveries (of each attempt channel, time_ns, attempt, outcome)
with over as (
    select e.episode from alarm_events as e where e.state = 'resolved'
),
chosen as (
    select e.*
    from alarm_events as e
    where e."time" >= make_timestamp_ns($since_ns) or e.episode not in (select o.episode from over as o)
),
tried as (
    select
        d.event_id,
        list({'channel': d.channel, 'time_ns': epoch_ns(d."time"), 'attempt': d.attempt, 'outcome': d.outcome} order by d."time", d.attempt)
            as deliveries
    from alarm_deliveries as d
    where d.event_id in (select c.event_id from chosen as c)
    group by d.event_id
)
select
    c.event_id, c.episode, epoch_ns(c."time") as time_ns, c.rule, c.subject, c.state, epoch_ns(c.opened_at) as opened_ns, c.summary,
    c.details, c.channels, coalesce(t.deliveries, []) as deliveries
from chosen as c
left join tried as t on c.event_id = t.event_id
order by c."time", case c.state when 'resolved' then 0 else 1 end, c.event_id
limit 10000
