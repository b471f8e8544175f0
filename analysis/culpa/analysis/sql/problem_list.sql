-- Which problems are behind the failed requests that pass the filters, and how much do they do now?
-- params: as in chosen_verdicts; window_ns bigint (ns since 1970), bin_ns bigint, bins bigint (of the activity: so many bins from
--         window_ns on), is_filtered boolean, with_releases boolean, max_rows bigint
-- columns: those of the contract of `problems`, without releases where those are not wanted; matched (failed requests that pass the
--          filters), recent (of them since window_ns), last_bin (of them in the last bin); counts (one for each bin); confidence
--          (median); newest (its newest failed request, with the strongest that was observed of it); of_all (problems that pass)
with chosen as materialized (
    select
        c.fingerprint, c.ended_ns, c.confidence,
        -- Ids are wide; where all requests pass, the time of the newest tells which it is.
        case when $is_filtered then c.trace_id || ' ' || c.request_span_id else '' end as request_key
    from (@chosen_verdicts@) as c
    where not c.truncated
),
ranked as materialized (
    select
        c.fingerprint, count(*) as matched,
        count(*) filter (where c.ended_ns >= $window_ns and c.ended_ns < $window_ns + $bin_ns * $bins) as recent,
        count(*) filter (where c.ended_ns >= $window_ns + $bin_ns * ($bins - 1) and c.ended_ns < $window_ns + $bin_ns * $bins) as last_bin,
        max(c.ended_ns) as last_ns, case when $is_filtered then max_by(c.request_key, c.ended_ns) else '' end as newest_key
    from chosen as c
    group by c.fingerprint
),
-- Who was there within half an hour is not resolved, and comes first. What all of a problem's requests say is asked of so many
-- of these, and of so many of the others, as can be shown.
latest as (
    select max(r.last_ns) - 1800000000000 as still_ns from ranked as r
),
still as (
    select r.* from ranked as r
    where r.last_ns >= (select l.still_ns from latest as l)
    order by r.last_bin desc, r.recent desc, r.matched desc, r.last_ns desc, r.fingerprint
    limit $max_rows
),
silent as (
    select r.* from ranked as r
    where r.last_ns < (select l.still_ns from latest as l)
    order by r.last_bin desc, r.recent desc, r.matched desc, r.last_ns desc, r.fingerprint
    limit $max_rows
),
short as materialized (
    select * from still
    union all
    select * from silent
),
lost as materialized (
    select distinct lost_fingerprint(l.service_name) as fingerprint
    from logs as l
    where not $is_filtered and l.event_name = 'request.lost' and l.trace_id = ''
),
binned as (
    select c.fingerprint, floor((c.ended_ns - $window_ns) / $bin_ns)::bigint as bin, count(*) as failed
    from chosen as c
    where
        c.ended_ns >= $window_ns and c.ended_ns < $window_ns + $bin_ns * $bins
        and c.fingerprint in (select s.fingerprint from short as s)
    group by all
),
active as (
    select b.fingerprint, list({'bin': b.bin, 'failed': b.failed} order by b.bin) as counts
    from binned as b
    group by b.fingerprint
),
sure as (
    select c.fingerprint, median(c.confidence) as confidence
    from chosen as c
    where c.fingerprint in (select s.fingerprint from short as s)
    group by c.fingerprint
),
listed as (
    select
        p.*, coalesce(s.matched, 0)::bigint as matched, coalesce(s.recent, 0)::bigint as recent, coalesce(s.last_bin, 0)::bigint as last_bin,
        coalesce(a.counts, []) as counts, u.confidence, s.last_ns, s.newest_key,
        (select count(*) from ranked as r) + (select count(*) from lost as l) as of_all
    from problem_rows(
        (
            select list(f.fingerprint)
            from (select s.fingerprint from short as s union all select l.fingerprint from lost as l) as f
        ),
        $with_releases
    ) as p
    left join short as s on p.fingerprint = s.fingerprint
    left join active as a on p.fingerprint = a.fingerprint
    left join sure as u on p.fingerprint = u.fingerprint
    order by
        case p.state when 'resolved' then 1 else 0 end,
        coalesce(s.last_bin, 0) desc, coalesce(s.recent, 0) desc, p.requests desc, p.last_seen desc, p.fingerprint
    limit $max_rows
),
-- Only of those that are shown: texts are wide.
newest as (
    select
        v.fingerprint,
        any_value({
            'trace_id': v.trace_id, 'ended_at': v.ended_at, 'method': v.method, 'route': v.route, 'path': v.path, 'status': v.status,
            'surfaced': v.surfaced, 'service': v.service, 'exception_type': v.exception_type,
            'exception_message': v.exception_message[:500], 'location': v.location, 'missing': v.missing[:3],
            'observed': coalesce(v.evidence[1].statement[:300], '')
        }) as newest
    from failures as v
    join listed as l
        on v.ended_at = make_timestamp_ns(l.last_ns) and v.fingerprint = l.fingerprint
        and (not $is_filtered or v.trace_id || ' ' || v.request_span_id = l.newest_key)
    where not v.truncated
    group by v.fingerprint
)
select l.* exclude (of_all, last_ns, newest_key), n.newest, l.of_all
from listed as l
left join newest as n on l.fingerprint = n.fingerprint
order by case l.state when 'resolved' then 1 else 0 end, l.last_bin desc, l.recent desc, l.requests desc, l.last_seen desc, l.fingerprint
