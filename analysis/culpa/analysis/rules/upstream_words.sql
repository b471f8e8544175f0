-- Which cause does an HTTP, mail, directory or cloud client's error name, where no answer came or none that could be used?
-- kind: direct
-- idle without: upstream_origins
with spoken as (
    select
        o.*,
        case
            -- The caller itself had no descriptor left for a socket.
            when @says files_used_up (words: o.words)@ then ''
            else @says upstream (words: o.words, stack: o.stacktrace, status: o.status::varchar)@
        end as cause
    from upstream_origins as o
    where
        o.status < 400 and o.words <> ''
        and (o.is_call or not o.is_relay or @says followed_or_repeated (words: o.words)@)
        and not (o.status between 200 and 299 and not o.is_call and not @says answer_unread (words: o.words)@)
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case when s.cause like 'config.%' then s.service else s.callee end as component,
    s.cause,
    s.object,
    s.location,
    s.share as strength,
    'the client says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
