-- Which cause does a cache client's error name?
-- kind: direct
-- idle without: cache_origins
with turned_away as (
    select distinct o.trace_id, o.request_span_id, c.callee
    from cache_origins as o
    left join blamed as b on o.trace_id = b.trace_id and o.request_span_id = b.request_span_id
    left join calls as c on b.trace_id = c.trace_id and b.request_span_id = c.request_span_id and b.unit_span_id = c.unit_span_id
    where c.is_failed and @says turned_away (words: c.words)@
),
spoken as (
    select
        o.*,
        case
            -- Some clients close a connection that the cache would not let in, and tell the caller of that alone.
            when t.callee is not null and @says closed_connection (words: o.words)@ then 'config.bad_credentials'
            -- The app's process had no descriptor left for a socket.
            when @says files_used_up (words: o.words)@ then ''
            else @says cache (words: o.words, type: o.origin_type)@
        end as cause
    from cache_origins as o
    left join turned_away as t on o.trace_id = t.trace_id and o.request_span_id = t.request_span_id and o.callee = t.callee
    where o.words <> ''
)
select
    s.trace_id, s.request_span_id, s.span_id, s.source, s.seen_at,
    s.service, s.callee, case when s.cause = 'other' then 'cache.error' else s.cause end as cause,
    s.object,
    s.location,
    -- Its client speaks, in words that are not known.
    case when s.cause = 'other' then 0.35 else 1.0 end * s.share
        -- Why nobody answered there, the kernel tells.
        * case when k.log_id is not null and s.cause = 'cache.unreachable' then 0.3 else 1.0 end as strength,
    'the cache client says: ' || s.brief as statement
from spoken as s
left join killed_callees as k on s.trace_id = k.trace_id and s.request_span_id = k.request_span_id and s.callee = k.callee
where s.cause <> ''
