-- Which problems are behind the failed requests that pass the filters, and how much do they do now?
-- params: as in chosen_verdicts; window_ns bigint (ns since 1970), bin_ns bigint, bins bigint (of the activity: so many bins from
--         window_ns on), is_filtered boolean, max_rows bigint
-- columns: those of the contract of `problems`; matched (failed requests that pass the filters), recent (of them since window_ns),
--          last_bin (of them in the last bin); counts (one for each bin); confidence (median); newest (its newest failed request);
--          of_all (problems that pass)
with chosen as (
    select * from (@chosen_verdicts@) as c where not c.truncated
),
binned as (
    select c.fingerprint, floor((c.ended_ns - $window_ns) / $bin_ns)::bigint as bin, count(*) as failed
    from chosen as c
    where c.ended_ns >= $window_ns and c.ended_ns < $window_ns + $bin_ns * $bins
    group by all
),
active as (
    select
        b.fingerprint, sum(b.failed)::bigint as recent, coalesce(sum(b.failed) filter (where b.bin = $bins - 1), 0)::bigint as last_bin,
        list({'bin': b.bin, 'failed': b.failed} order by b.bin) as counts
    from binned as b
    group by b.fingerprint
),
judged as (
    select c.fingerprint, count(*) as matched, median(c.confidence) as confidence
    from chosen as c
    group by c.fingerprint
),
listed as (
    select
        p.*, coalesce(t.matched, 0)::bigint as matched, coalesce(a.recent, 0)::bigint as recent,
        coalesce(a.last_bin, 0)::bigint as last_bin, coalesce(a.counts, []) as counts, t.confidence, count(*) over () as of_all
    from problems as p
    left join judged as t on p.fingerprint = t.fingerprint
    left join active as a on p.fingerprint = a.fingerprint
    where t.matched > 0 or (p.unattributed > 0 and not $is_filtered)
    order by
        case p.state when 'resolved' then 1 else 0 end,
        coalesce(a.last_bin, 0) desc, coalesce(a.recent, 0) desc, p.requests desc, p.last_seen desc, p.fingerprint
    limit $max_rows
),
-- Only of those that are shown: texts are wide.
newest as (
    select
        c.fingerprint,
        max_by({
            'trace_id': c.trace_id, 'ended_at': c.ended_at, 'method': c.method, 'route': c.route, 'path': c.path, 'status': c.status,
            'surfaced': c.surfaced, 'service': c.service, 'exception_type': c.exception_type,
            'exception_message': c.exception_message[:500], 'location': c.location, 'missing': c.missing[:3]
        }, c.ended_ns) as newest
    from chosen as c
    where c.fingerprint in (select l.fingerprint from listed as l)
    group by c.fingerprint
)
select l.* exclude (of_all), n.newest, l.of_all
from listed as l
left join newest as n on l.fingerprint = n.fingerprint
order by case l.state when 'resolved' then 1 else 0 end, l.last_bin desc, l.recent desc, l.requests desc, l.last_seen desc, l.fingerprint
