-- Up to when had a destination everything that was judged?
-- params: destination varchar
-- columns: judged_ns (ns since 1970; 0: it was never told anything)
select coalesce(max(epoch_ns(d.judged_at)), 0) as judged_ns
from onward_deliveries as d
where d.destination = $destination and d.outcome = 'mark'
