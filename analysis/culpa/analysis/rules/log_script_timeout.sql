-- Does a log tell that the language's own time limit ended the app's work?
-- kind: direct
-- idle without: happenings
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service, 'app.slow' as cause,
    h.surety as strength,
    'the language''s time limit was reached: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'script.timeout'
