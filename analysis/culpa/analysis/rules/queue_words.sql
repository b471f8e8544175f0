-- Which cause does a message broker client's error name?
-- kind: direct
-- idle without: queue_origins
with spoken as (
    select
        o.*,
        case
            -- The app's process had no descriptor left for a socket.
            when @says files_used_up (words: o.words)@ then ''
            else @says queue (words: o.words)@
        end as cause
    from queue_origins as o
    where o.words <> ''
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    regexp_extract(s.cause, '^[a-z_]+') as layer,
    case when s.cause like 'config.%' then s.service else s.callee end as component,
    s.cause,
    s.object,
    s.location,
    s.share as strength,
    'the broker client says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
