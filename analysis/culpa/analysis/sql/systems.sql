-- Which systems took part in each failed request, by which a runbook may be chosen? What is nearest to the failure first.
-- needs: origins, happenings, requests
-- columns: trace_id, request_span_id, system (postgresql, redis, gunicorn, php_fpm, nginx, django, …), place
with named as (
    select
        o.trace_id, o.request_span_id,
        case
            when o.callee <> '' then regexp_extract(o.callee, '^([a-z0-9_.]+)://', 1)
            else @says driver (type: o.origin_type)@
        end as system,
        1 as place
    from origins as o
    union all
    select
        h.trace_id, h.request_span_id,
        case
            when h.format in @formats python@ and @says worker_line (line: h.body)@ <> '' then 'gunicorn'
            else @format system: h.format@
        end as system,
        2 as place
    from happenings as h
    union all
    -- The framework, by the frames and names that the driver's error came through.
    select
        o.trace_id, o.request_span_id,
        @says framework (words: o.words, stack: o.stacktrace)@ as system,
        3 as place
    from origins as o
    union all
    select r.trace_id, r.request_span_id, @format system: r.format@ as system, 4 as place
    from requests as r
)
select n.trace_id, n.request_span_id, n.system, min(n.place) as place
from named as n
where n.system <> ''
group by n.trace_id, n.request_span_id, n.system
order by n.trace_id, n.request_span_id, min(n.place), n.system
