-- The way down from a failed request to the unit where its failure began, along calls whose failure was passed on.
-- one row per: trace_id, request_span_id, unit_span_id
-- idle without: requests
-- columns:
--   trace_id, request_span_id varchar: the failed request
--   unit_span_id varchar: a unit on the way
--   step integer: 0 at the request itself
--   via_span_id varchar: the call taken to it, '' at the request and below a web server's line
with recursive hop as materialized (
    -- From a web server's line to the last app span directly below it.
    select n.trace_id, n.parent_span_id as from_span_id, max_by(n.span_id, case when n.is_failed then 1 else 0 end * 4000000000000000000 + n.start_ns) as unit_span_id, '' as via_span_id
    from nodes as n
    join nodes as p on n.trace_id = p.trace_id and n.parent_span_id = p.span_id
    where n.opens_unit and p.record = 'access'
    group by n.trace_id, n.parent_span_id
    union all
    -- Along the call that failed, unless the callee says that it answered well, or with 4xx, or the caller did not wait for it.
    select c.trace_id, c.unit_span_id as from_span_id, max_by(c.answered_by, c.end_ns) as unit_span_id, max_by(c.span_id, c.end_ns) as via_span_id
    from passed_on as c
    left join scoped_spans as k on c.trace_id = k.trace_id and c.answered_by = k.span_id
    where
        c.answered_by <> ''
        -- A remote procedure call's failure travels inside a good HTTP answer; a callee that rightly refused is not in error itself.
        and (not c.is_answered_well or (k.status_code = 2 and k.rpc_response_status_code not in ('', '0', 'OK')))
        and not coalesce(k.status_code <> 2 and k.rpc_response_status_code in @codes grpc: app.call_rejected upstream.rate_limited config.bad_credentials@, false)
        and not c.is_outlasted
    group by c.trace_id, c.unit_span_id
    union all
    -- Into a task that failed while its caller waited.
    select t.trace_id, t.unit_span_id as from_span_id, t.answered_by as unit_span_id, t.span_id as via_span_id from failed_tasks as t
),
way as (
    select r.trace_id, r.request_span_id, r.request_span_id as unit_span_id, 0 as step, '' as via_span_id
    from requests as r
    union
    select w.trace_id, w.request_span_id, h.unit_span_id, w.step + 1 as step, h.via_span_id
    from way as w
    join hop as h on w.trace_id = h.trace_id and w.unit_span_id = h.from_span_id
    where w.step < 32 and h.unit_span_id <> w.request_span_id
)
select * from way
qualify row_number() over (partition by trace_id, request_span_id, unit_span_id order by step) = 1
