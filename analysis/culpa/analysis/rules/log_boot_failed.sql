-- Does the app's output tell that it could not start?
-- kind: direct
-- idle without: happenings
with reported as (
    select
        h.*,
        case
            when @says missing_setting (words: h.body, type: '', stack: '')@ in ('config.missing_setting', 'named') then 'config.missing_setting'
            else @says boot_failed (line: h.body)@
        end as cause
    from happenings as h
    where h.event_name = 'process.boot_failed'
)
select
    h.trace_id, h.request_span_id, h.source, h.seen_at,
    h.service, h.cause,
    coalesce(
        nullif(regexp_extract(h.body, '(?i)(?:module|attribute|named) [''"]([^''"]+)[''"]', 1), ''),
        nullif(case when h.cause = 'config.missing_setting' then regexp_extract(h.body, '\b([A-Z][A-Z0-9_]{2,}[A-Z0-9])\b', 1) else '' end, ''),
        ''
    ) as object,
    h.surety * case when h.cause = 'app.down' then 0.4 else 1.2 end as strength,
    'the app could not start: ' || left(h.body, 160) as statement
from reported as h
