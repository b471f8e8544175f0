-- Which cause does the database's own error code name?
-- kind: direct
-- idle without: coded
select
    c.trace_id, c.request_span_id, c.span_id, c.source, c.seen_at,
    c.service, c.callee, c.cause,
    -- Who may come in at all, and what the server may do with its own files, is the server's set-up.
    case when c.cause like 'config.%' and @says server_set_up (words: c.words)@ then 'callee' else '' end as blames,
    coalesce(
        nullif(regexp_extract(c.words, '(?:relation|table|column|constraint|database|role|user|schema|function|index) [''"`]([^''"`]+)[''"`]', 1), ''),
        nullif(regexp_extract(c.words, '(?:Table|column|Duplicate entry .* for key|Unknown column|Unknown database) [''`]([^''`]+)[''`]', 1), ''),
        c.object
    ) as object,
    c.location,
    c.share as strength,
    'the database answered ' || c.error_code || ': ' || c.brief as statement
from coded as c
