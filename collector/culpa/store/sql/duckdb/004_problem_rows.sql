-- One row for each of the wanted fingerprints that are known, computed from the verdicts; a fingerprint of a web server
-- is for requests that it lost before they had an id. Who wants few of them pays for few: `wanted` is a list.
-- Without `with_releases` these are left empty, which spares the spans of every request.

create or replace macro lost_fingerprint(service) as '1:' || left(md5('web_server.limit' || service), 16);

-- The spans that sampling kept for others too, with how many each stands for: whoever counts verdicts counts by it. Where nothing
-- was sampled, the least and greatest value of each row group say so.
create or replace macro sampled_spans() as table
select s.trace_id, s.span_id, s.start_time, sampling_weight(s.sampled_one_in) as weight
from spans as s
where s.sampled_one_in > 1;

create or replace macro problem_rows(wanted, with_releases) as table
with asked as materialized (
    select unnest(wanted) as fingerprint
),
told as materialized (
    select
        v.trace_id, v.request_span_id, v.fingerprint, v.layer, v.component, v.cause, v."object", v.route, v.change,
        v.kind <> 'request' as is_other_work,
        case when v.route <> '' then v.route else v.path end as place,
        epoch_ns(v.ended_at) as ended_ns
    from failures as v
    where not v.truncated and v.fingerprint in (select a.fingerprint from asked as a)
),
sampled as materialized (
    select s.trace_id, s.span_id, s.weight
    from sampled_spans() as s
    where s.trace_id in (select t.trace_id from told as t)
),
weighed as (
    select t.fingerprint, sum(coalesce(s.weight, 1.0)) as requests
    from told as t
    left join sampled as s on t.trace_id = s.trace_id and t.request_span_id = s.span_id
    group by t.fingerprint
),
gaps as (
    select
        t.fingerprint,
        t.ended_ns,
        lag(t.ended_ns, 1, t.ended_ns) over (partition by t.fingerprint order by t.ended_ns) as before_ns
    from told as t
),
rhythm as (
    -- Quiet for this long means resolved: half an hour, or ten times the usual gap.
    select
        g.fingerprint,
        greatest(1800000000000, 10 * coalesce(median(g.ended_ns - g.before_ns) filter (where g.ended_ns > g.before_ns), 0))::bigint as quiet_ns
    from gaps as g
    group by g.fingerprint
),
grouped as (
    select
        t.fingerprint,
        max_by(t.layer, t.ended_ns) as layer,
        max_by(t.component, t.ended_ns) as component,
        max_by(t.cause, t.ended_ns) as cause,
        max_by(t."object", t.ended_ns) as "object",
        min(t.ended_ns) as first_ns,
        max(t.ended_ns) as last_ns,
        count(*) as requests,
        coalesce(list_sort(list_distinct(list(t.place) filter (where t.place <> ''))), []) as routes,
        coalesce(min_by(t.change, t.ended_ns) filter (where t.change <> ''), '') as change,
        max_by(t.trace_id, t.ended_ns) as example_trace_id
    from told as t
    group by t.fingerprint
),
-- Numbers stand for places where many rows are counted: texts take several times as long.
known_places as materialized (
    select d.place, d.is_route, d.is_other_work, row_number() over () as place_id
    from (
        select t.place, t.route <> '' as is_route, bool_or(t.is_other_work) as is_other_work
        from told as t
        where t.place <> ''
        group by t.place, t.route <> ''
    ) as d
),
places as (
    select distinct t.fingerprint, k.place_id
    from told as t
    join known_places as k on t.place = k.place and (t.route <> '') = k.is_route
),
served as materialized (
    -- Every request of a place, failed or not: of a route by the app's spans, of a bare path by the access log; and other work by
    -- the name of its span.
    select k.place_id, epoch_ns(s.start_time) as at_ns, sampling_weight(s.sampled_one_in) as weight
    from spans as s
    join known_places as k on s.http_route = k.place
    where s.kind = 2 and k.is_route
    union all
    select k.place_id, epoch_ns(a.start_time) as at_ns, 1.0 as weight
    from access as a
    join known_places as k on a.url_path = k.place
    where not k.is_route
    union all
    select k.place_id, epoch_ns(s.start_time) as at_ns, sampling_weight(s.sampled_one_in) as weight
    from spans as s
    join known_places as k on s.span_name = k.place
    where s.kind in (0, 1, 5) and k.is_route and k.is_other_work
),
slots as (
    -- Shorter than the shortest silence, so that none lies within one.
    select s.place_id, s.at_ns - s.at_ns % 300000000000 as slot_ns, sum(s.weight) as requests, min(s.at_ns) as first_ns, max(s.at_ns) as last_ns
    from served as s
    group by all
),
ranked as materialized (
    -- Counted once for each place and five minutes, however many problems it has: pairs of problem and request would be too
    -- many, and to sort all requests takes longer.
    select
        m.*,
        sum(m.requests) over (partition by m.place_id order by m.slot_ns desc) as from_here_on,
        max(m.last_ns) over (partition by m.place_id) as latest_ns
    from slots as m
),
begun as (
    select p.fingerprint, p.place_id, p.from_ns, r.slot_ns, r.first_ns, r.from_here_on
    from (
        select q.fingerprint, q.place_id, g.first_ns - 60000000000 as from_ns
        from places as q
        join grouped as g on q.fingerprint = g.fingerprint
    ) as p
    asof join ranked as r on p.place_id = r.place_id and p.from_ns <= r.last_ns
),
earlier as (
    -- In the five minutes of the first failure, what came before.
    select b.fingerprint, b.place_id, sum(s.weight) as requests
    from begun as b
    join served as s on b.place_id = s.place_id and b.slot_ns = s.at_ns - s.at_ns % 300000000000
    where b.first_ns < b.from_ns and s.at_ns < b.from_ns
    group by b.fingerprint, b.place_id
),
since_first as (
    select b.fingerprint, b.from_here_on - coalesce(e.requests, 0) as requests
    from begun as b
    left join earlier as e on b.fingerprint = e.fingerprint and b.place_id = e.place_id
),
latest as (
    select r.place_id, max(r.latest_ns) as latest_ns
    from ranked as r
    group by r.place_id
),
volume as (
    select p.fingerprint, coalesce(max(f.requests), 0) as requests, max(n.latest_ns) as latest_ns
    from places as p
    join latest as n on p.place_id = n.place_id
    left join (
        select s.fingerprint, sum(s.requests) as requests from since_first as s group by s.fingerprint
    ) as f on p.fingerprint = f.fingerprint
    group by p.fingerprint
),
silences as (
    select g.fingerprint, p.place_id, g.before_ns, g.ended_ns
    from gaps as g
    join rhythm as r on g.fingerprint = r.fingerprint
    join places as p on g.fingerprint = p.fingerprint
    -- The least of all silences, said again: it leaves few of the gaps before they meet every place.
    where g.ended_ns - g.before_ns > 1800000000000 and g.ended_ns - g.before_ns > r.quiet_ns
),
returned as (
    -- Its places went on being asked while it was silent.
    select distinct s.fingerprint
    from silences as s
    asof join ranked as r on s.place_id = r.place_id and s.before_ns < r.last_ns
    where case when r.first_ns > s.before_ns then r.first_ns else r.last_ns end < s.ended_ns
),
released as (
    select t.fingerprint, list_sort(list_distinct(list(r.service_version))) as releases
    from told as t
    join spans as s on t.trace_id = s.trace_id
    join resources as r on s.resource_id = r.resource_id
    where s.kind = 2 and r.service_version <> '' and with_releases
    group by t.fingerprint
),
attributed as (
    select
        g.fingerprint, g.layer, g.component, g.cause, g."object",
        make_timestamp_ns(g.first_ns) as first_seen,
        make_timestamp_ns(g.last_ns) as last_seen,
        g.requests::ubigint as requests,
        w.requests / greatest(w.requests, coalesce(v.requests, 0)) as share,
        g.routes,
        coalesce(r.releases, []) as releases,
        g.requests >= 5 and w.requests / greatest(w.requests, coalesce(v.requests, 0)) >= 0.9 as persistent,
        case
            when coalesce(v.latest_ns, 0) > g.last_ns + y.quiet_ns then 'resolved'
            when b.fingerprint is not null then 'regressed'
            when g.first_ns > epoch_us(current_timestamp) * 1000 - 3600000000000 then 'new'
            else 'ongoing'
        end as state,
        g.change, g.example_trace_id,
        0::ubigint as unattributed,
        w.requests / g.requests as sampled_one_in
    from grouped as g
    join weighed as w on g.fingerprint = w.fingerprint
    join rhythm as y on g.fingerprint = y.fingerprint
    left join volume as v on g.fingerprint = v.fingerprint
    left join returned as b on g.fingerprint = b.fingerprint
    left join released as r on g.fingerprint = r.fingerprint
),
lost as (
    -- Refused before there was a request: no access line, no id, no example.
    select
        lost_fingerprint(l.service_name) as fingerprint,
        'web_server' as layer, l.service_name as component, 'web_server.limit' as cause,
        max(attr(l.attr_keys, l.attr_vals, 'server.limit')) as "object",
        min(l."time") as first_seen, max(l."time") as last_seen, 0::ubigint as requests, 0.0 as share,
        []::varchar[] as routes, []::varchar[] as releases, false as persistent,
        case
            when (select max(a.start_time) from access as a) > max(l."time") + interval 30 minute then 'resolved'
            when epoch_ns(min(l."time")) > epoch_us(current_timestamp) * 1000 - 3600000000000 then 'new'
            else 'ongoing'
        end as state,
        '' as change, '' as example_trace_id, count(*)::ubigint as unattributed, 1.0 as sampled_one_in
    from logs as l
    where l.event_name = 'request.lost' and l.trace_id = '' and lost_fingerprint(l.service_name) in (select a.fingerprint from asked as a)
    group by l.service_name
)
select * from attributed
union all
select * from lost;
