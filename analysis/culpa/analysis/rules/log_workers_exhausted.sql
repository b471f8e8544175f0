-- Does a log tell that every worker of the app was taken?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    -- Behind a web server that names nobody the log itself says whose workers they were.
    case when h.service = h.web_server and h.log_service <> '' then h.log_service else h.service end as service, 'app.workers_exhausted' as cause,
    h.surety * case when h.log_service = h.web_server then 0.2 else 1.0 end as strength,
    'the app server says: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'workers.exhausted' and h.format not in @formats database@ and h.format not in @formats cache@
