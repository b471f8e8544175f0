-- Work on a failed request that stands in another trace. Either under a context that a worker never put back: the span of each
-- later request is then an inner span of an old trace. Or in a trace of its own, because the web server hands no id on: then its
-- line and the app's outermost span belong together if neither has another candidate. Path, method, status and time tell.
-- one row per: trace_id, span_id
-- idle without: access, spans
-- columns:
--   trace_id, span_id varchar: of the access line
--   old_trace_id, old_span_id varchar: of the outermost span of the work
--   is_whole boolean: the old trace holds nothing else
--   surety double: how surely they belong together, 0..1
--   from_time, to_time timestamp_ns: between them the old trace's spans are of this request
with their_lines as (
    select a.trace_id, a.start_time, a.duration_ns, a.http_response_status_code as status
    from access as a
    semi join wanted as w on a.trace_id = w.trace_id
),
their_spans as (
    select s.trace_id, s.start_time, s.duration_ns, s.kind, s.parent_span_id, s.http_response_status_code as status
    from spans as s
    semi join wanted as w on s.trace_id = w.trace_id
),
-- Failures of which only one side is known: the line of the web server, or the app's outermost span.
halves as (
    select a.trace_id, a.start_time, a.duration_ns
    from their_lines as a
    anti join their_spans as s on a.trace_id = s.trace_id
    where a.status >= 500 and a.start_time > make_timestamp_ns(0)
    union all
    select s.trace_id, s.start_time, s.duration_ns
    from their_spans as s
    anti join their_lines as a on s.trace_id = a.trace_id
    where s.status >= 500 and s.kind = 2 and s.parent_span_id = ''
),
reach as (
    select
        min(h.start_time) - interval 5 second as from_time,
        make_timestamp_ns(max(epoch_ns(h.start_time) + h.duration_ns)) + interval 5 second as to_time
    from halves as h
),
-- Also lines and spans that are not wanted now: they may be the better match of one that is.
lines as (
    select
        a.trace_id, a.span_id, a.http_request_method as method, a.url_path, a.http_response_status_code as status,
        epoch_ns(a.start_time) as start_ns, a.duration_ns, a.duration_ns > 0 as is_timed
    from access as a
    where
        a.start_time >= (select r.from_time from reach as r) and a.start_time <= (select r.to_time from reach as r)
        and a.http_response_status_code >= 500
    qualify count(*) over (partition by a.trace_id) = 1
),
works as (
    select
        s.trace_id, s.span_id, s.kind, s.start_time, s.duration_ns, s.http_request_method as method, s.url_path,
        s.http_response_status_code as status, epoch_ns(s.start_time) as start_ns, epoch_ns(s.start_time) + s.duration_ns as end_ns
    from spans as s
    where
        s.start_time >= (select r.from_time from reach as r) and s.start_time <= (select r.to_time from reach as r)
        and s.http_response_status_code >= 500 and s.url_path <> '' and (s.kind = 1 or (s.kind = 2 and s.parent_span_id = ''))
),
pairs as (
    select
        l.trace_id, l.span_id, s.trace_id as old_trace_id, s.span_id as old_span_id, s.kind = 2 as is_whole, s.start_time, s.end_ns,
        abs(s.start_ns - l.start_ns) as apart_ns,
        -- Whole seconds fit more than a line that says how long the request took.
        case when l.is_timed then 0.95 else 0.8 end as surety,
        count(*) over (partition by l.trace_id, s.kind) as spans_of_line,
        count(*) over (partition by s.trace_id, s.kind) as lines_of_span
    from lines as l
    join works as s on s.method = l.method and s.status = l.status and ends_with(l.url_path, s.url_path)
    where
        s.trace_id <> l.trace_id
        and case
            when l.is_timed then s.start_ns between l.start_ns - 50000000 and l.start_ns + l.duration_ns + 50000000
            -- A line without a duration has whole seconds, of the begin or of the end.
            else s.start_ns <= l.start_ns + 1100000000 and s.end_ns >= l.start_ns - 1000000000
        end
        and (s.kind = 1 or not l.is_timed or s.end_ns <= l.start_ns + l.duration_ns + 50000000)
)
select
    p.trace_id, p.span_id, p.old_trace_id, p.old_span_id, p.is_whole, p.surety::double as surety,
    case when p.is_whole then p.start_time - interval 1 minute else p.start_time end as from_time,
    case when p.is_whole then p.start_time + interval 1 hour else make_timestamp_ns(p.end_ns) end as to_time
from pairs as p
anti join spans as s on p.trace_id = s.trace_id
left join access as a on p.is_whole and p.old_trace_id = a.trace_id
where
    a.trace_id is null and (not p.is_whole or (p.spans_of_line = 1 and p.lines_of_span = 1))
    and (p.trace_id in (select w.trace_id from wanted as w) or (p.is_whole and p.old_trace_id in (select w.trace_id from wanted as w)))
qualify row_number() over (partition by p.trace_id, p.span_id order by p.is_whole, p.apart_ns) = 1
