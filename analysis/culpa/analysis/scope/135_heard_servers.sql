-- Web servers whose error log is read at all.
-- needs: requests, logs
-- columns: service_name
select distinct l.service_name
from logs as l
semi join requests as r on l.service_name = r.web_server
where l.format <> 'otlp' and l.severity_number >= 13
