-- Does the app's output tell that it could not start?
-- kind: direct
-- idle without: happenings
with told as (
    select
        h.*,
        regexp_matches(h.body, '(?i)could not import|error loading (asgi|wsgi) app|no module named|importerror|modulenotfound|failed to find (attribute|application)|class uri .* not found|cannot find module|syntaxerror|cannot load such file|attribute "?[^"]+"? not found in module')
        -- What a program reads as data may be written wrongly too.
        and not regexp_matches(h.body, 'SyntaxError: .*\bJSON\b') as is_import,
        regexp_matches(h.body, '(?i)permission denied|\bEACCES\b') as is_denied
    from happenings as h
    where h.event_name = 'process.boot_failed'
)
select
    h.trace_id, h.request_span_id, '' as span_id, h.source, h.seen_at,
    case when h.is_denied and not h.is_import then 'config' else 'app' end as layer,
    h.service as component,
    case when h.is_import then 'app.import_error' when h.is_denied then 'config.permission_denied' else 'app.down' end as cause,
    coalesce(nullif(regexp_extract(h.body, '(?i)(?:module|attribute|named) [''"]([^''"]+)[''"]', 1), ''), '') as object,
    '' as location,
    h.surety * case when h.is_import or h.is_denied then 1.2 else 0.4 end as strength,
    'the app could not start: ' || left(h.body, 160) as statement
from told as h
