-- Does the app's output tell that it could not start?
-- kind: direct
select
    h.trace_id, h.request_span_id, '' as span_id, h.source, h.seen_at,
    'app' as layer, h.service as component,
    case
        when regexp_matches(h.body, '(?i)could not import|error loading (asgi|wsgi) app|no module named|importerror|modulenotfound|failed to find (attribute|application)|cannot find module|syntaxerror|cannot load such file|attribute "?[^"]+"? not found in module')
            then 'app.import_error'
        else 'app.down'
    end as cause,
    coalesce(nullif(regexp_extract(h.body, '(?i)(?:module|attribute|named) [''"]([^''"]+)[''"]', 1), ''), '') as object,
    '' as location,
    h.surety * case when regexp_matches(h.body, '(?i)could not import|error loading|no module|importerror|modulenotfound|failed to find|cannot find module|syntaxerror|not found in module') then 1.2 else 0.4 end as strength,
    'the app could not start: ' || left(h.body, 160) as statement
from happenings as h
where h.event_name = 'process.boot_failed'
