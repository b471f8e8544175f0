-- What the rules saw, and who is to blame for each: the one place where a cause tells layer and component.
-- needs: joined_logs; seen, the rows of rules; what a row must say is in docs/rules.md
-- columns: the fields of Evidence after trace_id, request_span_id
with whole as (
    select * from seen
    union all by name
    -- What a rule need not say.
    select
        '' as span_id, '' as "object", '' as location, '' as service, '' as callee, '' as host, '' as blames
    where false
),
layered as (
    select s.*, split_part(s.cause, '.', 1) as layer from whole as s
)
select
    l.trace_id, l.request_span_id, l.rule, coalesce(l.span_id, '') as span_id, l.source, coalesce(epoch_ns(l.seen_at), 0) as seen_at,
    l.layer,
    coalesce(
        case
            when l.blames = 'callee' or l.layer in ('database', 'cache', 'queue', 'upstream') then l.callee
            -- Where nobody tells the machine, the service on it stands for it.
            when l.layer = 'host' and l.host <> '' then l.host
            else l.service
        end,
        ''
    ) as component,
    l.cause, coalesce(l."object", '') as "object", coalesce(l.location, '') as location, l.strength::double as strength,
    l.statement || case when j.surety < 0.8 then ' (a guess: another request may be meant)' else '' end as statement, coalesce(j.surety, 1.0) as surety
from layered as l
-- What tells of a process or server is of many requests; its rules weigh that themselves.
left join joined_logs as j on l.source = 'log:' || j.log_id and l.trace_id = j.trace_id
    and j.request_span_id in ('', l.request_span_id) and j.joined_by not in ('process', 'time')
