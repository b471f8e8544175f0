-- Does the app's output tell that it could not start?
-- kind: direct
-- idle without: happenings
with reported as (
    select
        h.*,
        @says boot_failed (line: h.body)@ as cause
    from happenings as h
    where h.event_name = 'process.boot_failed'
)
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service, h.cause,
    coalesce(nullif(regexp_extract(h.body, '(?i)(?:module|attribute|named) [''"]([^''"]+)[''"]', 1), ''), '') as object,
    h.surety * case when h.cause = 'app.down' then 0.4 else 1.2 end as strength,
    'the app could not start: ' || left(h.body, 160) as statement
from reported as h
