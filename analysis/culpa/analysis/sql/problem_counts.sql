-- How often did each problem fail among the failed requests that pass the filters, and when was it first seen at all?
-- params: as in chosen_verdicts
-- columns: fingerprint, failed (failed requests that pass the filters), first_ns (of the problem's whole history, ns since 1970); of the
--          newest that passes: layer, component, cause, object, service, method, route, path, status, exception_type, exception_message,
--          location, change, trace_id, confidence; the most failed first
with chosen as materialized (
    select * from (@chosen_verdicts@) as c where not c.truncated
),
counted as (
    select c.fingerprint, count(*) as failed
    from chosen as c
    group by c.fingerprint
),
begun as (
    select v.fingerprint, min(epoch_ns(v.ended_at)) as first_ns
    from failures as v
    semi join counted as n on v.fingerprint = n.fingerprint
    group by v.fingerprint
),
newest as (
    select
        c.fingerprint, c.layer, c.component, c.cause, c.object, c.service, c.method, c.route, c.path, c.status, c.exception_type,
        c.exception_message, c.location, c.change, c.trace_id, c.confidence
    from chosen as c
    qualify row_number() over (partition by c.fingerprint order by c.ended_ns desc, c.trace_id) = 1
)
select n.fingerprint, n.failed, b.first_ns, w.* exclude (fingerprint)
from counted as n
join begun as b on n.fingerprint = b.fingerprint
join newest as w on n.fingerprint = w.fingerprint
order by n.failed desc, n.fingerprint
