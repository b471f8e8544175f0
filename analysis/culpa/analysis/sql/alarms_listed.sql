-- Which alarms fired, and whom did they reach? Those that are not over first, then the latest.
-- params: max_rows bigint
-- columns: episode, rule, subject, summary, details (JSON); fingerprint (of the problem, or of the worst behind it; '' for none), why (in a few words);
--          opened_at, fired_at, resolved_at (UTC; 1970 while it is not over), is_over;
--          deliveries (of each event and channel state, channel, outcome, attempts, message, at (UTC))
with fired as (
    select e.* from alarm_events as e where e.state = 'firing'
),
over as (
    select e.episode, min(e."time") as "time", max_by(e.details, e."time") as details
    from alarm_events as e
    where e.state = 'resolved'
    group by e.episode
),
listed as (
    select
        f.episode, f.event_id, f.rule, f.subject, f.summary, f.details, f.opened_at, f."time" as fired_at,
        o."time" is not null as is_over, coalesce(o."time", timestamp_ns '1970-01-01') as resolved_at
    from fired as f
    left join over as o on f.episode = o.episode
    order by o."time" is not null, f."time" desc, f.event_id
    limit $max_rows
),
wanted as (
    select e.event_id, e.episode, e.state, unnest(e.channels) as channel
    from alarm_events as e
    where e.episode in (select l.episode from listed as l)
),
tried as (
    select
        d.event_id, d.channel, max_by(d.outcome, (d."time", d.attempt)) as outcome, max(d.attempt) as attempts,
        max_by(d.message, (d."time", d.attempt)) as message, max(d."time") as at
    from alarm_deliveries as d
    where d.event_id in (select w.event_id from wanted as w)
    group by d.event_id, d.channel
),
reached as (
    select
        w.episode,
        list({
            'state': w.state, 'channel': w.channel, 'outcome': coalesce(t.outcome, 'waits'), 'attempts': coalesce(t.attempts, 0)::bigint,
            'message': coalesce(t.message, ''), 'at': coalesce(t.at, timestamp_ns '1970-01-01')
        } order by w.channel, w.state) as deliveries
    from wanted as w
    left join tried as t on w.event_id = t.event_id and w.channel = t.channel
    group by w.episode
)
select
    l.episode, l.rule, l.subject, l.summary, l.details,
    coalesce(json_extract_string(l.details, '$.fingerprint'), '') as fingerprint,
    coalesce(json_extract_string(l.details, '$.why'), '') as why,
    l.opened_at, l.fired_at, l.resolved_at, l.is_over, coalesce(r.deliveries, []) as deliveries
from listed as l
left join reached as r on l.episode = r.episode
order by l.is_over, l.fired_at desc, l.episode
