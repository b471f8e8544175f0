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
    s.service, s.callee, s.cause,
    -- Who may come in at all is written in the server's own file.
    case when s.cause = 'config.bad_credentials' and @says server_set_up (words: s.words)@ then 'callee' else '' end as blames,
    coalesce(
        nullif(regexp_extract(s.words, '(?:relation|table|column|constraint|database|role|user|schema|function|index) [''"`]([^''"`]+)[''"`]', 1), ''),
        nullif(regexp_extract(s.words, 'no such (?:table|column): ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'constraint failed: ([A-Za-z0-9_.]+)', 1), ''),
        nullif(regexp_extract(s.words, 'Invalid (?:object|column) name ''([^'']+)''', 1), ''),
        s.object
    ) as object,
    s.location,
    -- Why nobody answered there, the kernel tells.
    s.share * case when k.log_id is not null and s.cause in ('database.unreachable', 'database.crashed') then 0.3 else 1.0 end as strength,
    'the database driver says: ' || s.brief as statement
from spoken as s
left join killed_callees as k on s.trace_id = k.trace_id and s.request_span_id = k.request_span_id and s.callee = k.callee
where s.cause <> ''
