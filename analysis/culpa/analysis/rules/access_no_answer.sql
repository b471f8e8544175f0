-- Did the app take the web server's connection and end it without an answer?
-- kind: weak
-- idle without: unanswered
select
    u.trace_id, u.request_span_id, u.source, u.seen_at, u.service, 'app.worker_killed' as cause, u.object, 1.0 as strength,
    u.words as statement
from unanswered as u
where u.status = 502
