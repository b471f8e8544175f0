-- What was said of problems that still counts?
-- params: none
-- columns: fingerprint, state ('muted', 'resolved', 'open'), said_ns, until_ns (0: no end), note
select s.fingerprint, s.state, epoch_ns(s."time") as said_ns, epoch_ns(s.until) as until_ns, s.note
from problem_states as s
limit 10000
