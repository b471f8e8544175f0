-- Which problems are behind the failed requests that pass the filters? Those still going on first, then by number of requests.
-- params: as in chosen_verdicts; is_filtered boolean, max_rows bigint
-- columns: those of the contract of `problems`; times in UTC, share 0..1; matched (failed requests that pass the filters);
--          exception_type, exception_message, location (of the newest of them)
with chosen as (
    select * from (@chosen_verdicts@) as c where not c.truncated
),
counted as (
    select c.fingerprint, count(*) as matched
    from chosen as c
    group by c.fingerprint
),
listed as (
    select
        p.*,
        coalesce(n.matched, 0)::bigint as matched,
        row_number() over (
            order by
                case p.state when 'regressed' then 0 when 'new' then 1 when 'ongoing' then 2 else 3 end,
                p.requests desc,
                p.last_seen desc,
                p.fingerprint
        ) as place
    from problem_rows(
        (
            select list(f.fingerprint)
            from (
                select c.fingerprint from counted as c
                union
                select lost_fingerprint(l.service_name) from logs as l where not $is_filtered and l.event_name = 'request.lost' and l.trace_id = ''
            ) as f
        ),
        true
    ) as p
    left join counted as n on p.fingerprint = n.fingerprint
    where n.matched > 0 or (p.unattributed > 0 and not $is_filtered)
    qualify place <= $max_rows
),
-- Only of those that are listed: texts are wide.
newest as (
    select
        c.fingerprint,
        max_by(
            {'exception_type': c.exception_type, 'exception_message': c.exception_message, 'location': c.location}, c.ended_ns
        ) as shown
    from chosen as c
    where c.fingerprint in (select l.fingerprint from listed as l)
    group by c.fingerprint
)
select
    l.fingerprint,
    l.layer,
    l.component,
    l.cause,
    l.object,
    l.first_seen,
    l.last_seen,
    l.requests,
    l.share,
    l.routes,
    l.releases,
    l.persistent,
    l.state,
    l.change,
    l.example_trace_id,
    l.unattributed,
    l.sampled_one_in,
    l.matched,
    coalesce(n.shown.exception_type, '') as exception_type,
    coalesce(n.shown.exception_message, '') as exception_message,
    coalesce(n.shown.location, '') as location
from listed as l
left join newest as n on l.fingerprint = n.fingerprint
order by l.place
