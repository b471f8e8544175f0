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
    s.service, s.callee, case when s.cause = 'other' then 'queue.error' else s.cause end as cause,
    s.object,
    s.location,
    -- Its client speaks, in words that are not known.
    case when s.cause = 'other' then 0.35 else 1.0 end * s.share as strength,
    'the broker client says: ' || s.brief as statement
from spoken as s
where s.cause <> ''
