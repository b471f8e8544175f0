-- Which traces are kept when the healthy ones of these rows go: failing ones, and of each of their routes a few that went well.
-- needs: moving_spans, moving_access (the rows), segment (the hot file, for verdicts)
-- columns: trace_id

with failing as (
    select v.trace_id from segment.data.verdict_revisions as v
    union
    -- 'id by the way in which it was joined'
    select split_part(j.joined, ' ', 1) as trace_id
    from (select unnest(v.joined) as joined from segment.data.verdict_revisions as v) as j
    union
    select s.trace_id from moving_spans as s where s.http_response_status_code >= 500 or (s.status_code = 2 and (s.kind in (2, 5) or s.parent_span_id = ''))
    union
    select a.trace_id from moving_access as a where a.http_response_status_code >= 500 or not a.completed
),
routes as (
    select distinct s.service_name, s.http_route
    from moving_spans as s
    semi join failing as f on s.trace_id = f.trace_id
    where s.kind = 2 and s.http_route <> ''
),
twins as (
    select s.trace_id
    from moving_spans as s
    join routes as r on s.service_name = r.service_name and s.http_route = r.http_route
    anti join failing as f on s.trace_id = f.trace_id
    where s.kind = 2 and s.http_response_status_code < 400
    qualify row_number() over (partition by s.service_name, s.http_route order by s.start_time desc, s.trace_id) <= $twins
)
select f.trace_id from failing as f where f.trace_id <> ''
union
select t.trace_id from twins as t where t.trace_id <> ''
