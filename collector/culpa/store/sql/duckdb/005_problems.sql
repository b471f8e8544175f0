-- One row per fingerprint, computed from the verdicts, and one per web server
-- for requests that it lost before they had an id.

create or replace view problems as
select *
from problem_rows((
    select list(f.fingerprint)
    from (
        select v.fingerprint from verdicts as v
        union
        select lost_fingerprint(l.service_name) from logs as l where l.event_name = 'request.lost' and l.trace_id = ''
    ) as f
), true);
