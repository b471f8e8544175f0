-- Which cause do the words of a database driver's error name, where it gives no code that says it?
-- kind: direct
-- idle without: uncoded
with spoken as (
    select
        o.*,
        case
            -- The app's process had no descriptor left for a socket; what the server says so of its own files bears a code.
            when not @says server_files (words: o.words)@ and @says files_used_up (words: o.words)@ then ''
            when o.is_pool_wait then ''
            else @says database (words: o.words, type: o.origin_type, stack: o.stacktrace, code: o.error_code)@
        end as cause
    from uncoded as o
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case
        when s.cause like 'database.%' then s.callee
        -- Who may come in at all is written in the server's own file.
        when s.cause = 'config.bad_credentials' and @says server_set_up (words: s.words)@ then s.callee
        else s.service
    end as component,
    s.cause,
    coalesce(
        nullif(regexp_extract(s.words, '(?:relation|table|column|constraint|database|role|user|schema|function|index) [''"`]([^''"`]+)[''"`]', 1), ''),
        nullif(regexp_extract(s.words, 'no such (?:table|column): ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'constraint failed: ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'Invalid (?:object|column) name ''([^'']+)''', 1), ''),
        s.object
    ) as object,
    s.location,
    s.share as strength,
    'the database driver says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
