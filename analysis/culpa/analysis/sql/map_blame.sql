-- Who fails because of whom?
-- params: as in chosen_verdicts
-- columns: service (that answered 5xx), component (that is to blame), layer, cause (the most frequent), requests
select v.service, v.component, max_by(v.layer, v.ended_ns) as layer, mode(v.cause) as cause, count(*) as requests
from (@chosen_verdicts@) as v
where v.component <> '' and v.service <> ''
group by v.service, v.component
order by requests desc, v.service, v.component
limit 200
