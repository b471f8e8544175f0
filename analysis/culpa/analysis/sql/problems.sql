-- Which problems are behind the failed requests? Those still going on first, then by number of requests.
-- params: none
-- columns: those of the contract of `problems`; times in UTC, share 0..1
select
    p.fingerprint,
    p.layer,
    p.component,
    p.cause,
    p.object,
    p.first_seen,
    p.last_seen,
    p.requests,
    p.share,
    p.routes,
    p.releases,
    p.persistent,
    p.state,
    p.change,
    p.example_trace_id,
    p.unattributed,
    p.sampled_one_in
from problems as p
order by
    case p.state when 'regressed' then 0 when 'new' then 1 when 'ongoing' then 2 else 3 end,
    p.requests desc,
    p.last_seen desc,
    p.fingerprint
