-- Did the language's own time limit end the app's work, or one that the app set to a program that it ran?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.slow' as cause,
    o.location, 1.0 as strength,
    'the time limit of the app''s own work was reached: ' || o.brief as statement
from origins as o
where @says script_timeout (words: o.words)@
