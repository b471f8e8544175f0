-- Does a span of the app name the type of an exception that was not recorded?
-- kind: indirect
-- idle without: blamed, scoped_spans, tree
select
    b.trace_id, b.request_span_id, s.span_id, 'span:' || s.span_id as source, s.start_time as seen_at,
    b.service, 'app.unhandled_exception' as cause,
    s.code_function_name as location,
    -- Where a call had failed, the type is likely its client's.
    case when p.span_id is null then 1.0 else 0.3 end
        -- What it said, and what it followed from, would be known of an app that tells its exceptions.
        * case when k.service is null then 0.7 else 1.0 end as strength,
    case when s.span_id = b.unit_span_id then 'the span ended with ' else 'a span inside ended with ' end || s.error_type as statement
from blamed as b
join tree as t on b.trace_id = t.trace_id and b.request_span_id = t.request_span_id and b.unit_span_id = t.unit_span_id
join scoped_spans as s on t.trace_id = s.trace_id and t.span_id = s.span_id
left join outspoken as k on b.trace_id = k.trace_id and b.request_span_id = k.request_span_id and b.service = k.service
left join passed_on as p
    on b.trace_id = p.trace_id and b.request_span_id = p.request_span_id and b.unit_span_id = p.unit_span_id and p.share > 0.5
anti join reached as r on b.trace_id = r.trace_id and b.request_span_id = r.request_span_id and b.unit_span_id = r.unit_span_id
-- How who was given up ended later says nothing of why.
where not b.is_given_up and s.error_type <> '' and not s.is_call and not s.is_noise and s.error_type not in ('_OTHER', 'process_died') and not regexp_matches(s.error_type, '^[0-9]{3}$|HTTPException$')
qualify row_number() over (partition by b.trace_id, b.request_span_id order by t.depth desc) = 1
