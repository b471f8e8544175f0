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
    s.service, s.callee, s.cause,
    s.object,
    s.location,
    -- That who refused was well all the same is known of who sends telemetry.
    case when s.cause = 'app.call_rejected' and (s.callee = '' or contains(s.callee, '://')) then 0.3 else 1.0 end * s.share as strength,
    'the client says: ' || s.brief as statement
from spoken as s
-- A bare connect tells whom it wanted, not for what; the exception of a client that speaks of that address does.
anti join origins as k
    on s.is_call and s.trace_id = k.trace_id and s.request_span_id = k.request_span_id and not k.is_call
    and k.kind_of_callee in ('database', 'cache', 'queue')
    and split_part(split_part(k.callee, '://', 2), '/', 1) = split_part(s.callee, '://', 2)
where s.cause <> ''
