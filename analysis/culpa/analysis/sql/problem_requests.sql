-- Which failed request shows a problem best: settled, of the surest, the latest?
-- params: lowest varchar, beyond varchar (a range of fingerprints)
-- columns: fingerprint, trace_id, request_span_id; one row per fingerprint
select v.fingerprint, v.trace_id, v.request_span_id
from failures as v
where v.fingerprint >= $lowest and v.fingerprint < $beyond
qualify row_number() over (partition by v.fingerprint order by v.settled desc, v.surfaced desc, v.confidence desc, v.ended_at desc, v.trace_id) = 1
order by v.fingerprint
limit 6
