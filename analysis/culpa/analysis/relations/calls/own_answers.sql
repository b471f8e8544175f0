-- Apps that answered 5xx, or ended a remote procedure call with an error, of their own will: no exception or failed call explains it.
-- one row per: trace_id, request_span_id
-- idle without: blamed, scoped_spans
-- columns:
--   trace_id, request_span_id, unit_span_id, service varchar: as in blamed
--   start_time timestamp_ns, http_route varchar: of the unit's span
--   location varchar: where it was answered, '' if not told
--   strength double: 0..1 how likely it is nobody else's doing
--   says varchar: what it answered, in words
with answered as (
    select
        b.trace_id, b.request_span_id, b.unit_span_id, b.service, s.start_time, s.http_route, s.http_response_status_code, s.code_function_name,
        s.rpc_response_status_code as rpc_status, s.status_message,
        bool_or(d.trace_id is not null) as is_doubtful, coalesce(bool_or(c.kind = 1 and not c.is_noise), false) as has_work,
        coalesce(bool_or(regexp_matches(c.error_type, '[A-Za-z]{3}') and not c.is_call and not c.is_noise
            and not regexp_matches(c.error_type, 'HTTPException$|^_OTHER$')), false) as is_named
    from blamed as b
    join scoped_spans as s on b.trace_id = s.trace_id and b.unit_span_id = s.span_id
    anti join origins as o on b.trace_id = o.trace_id and b.request_span_id = o.request_span_id and o.share > 0.5
    left join origins as d on b.trace_id = d.trace_id and b.request_span_id = d.request_span_id
    left join tree as t on b.trace_id = t.trace_id and b.request_span_id = t.request_span_id and b.unit_span_id = t.unit_span_id
    left join scoped_spans as c on t.trace_id = c.trace_id and t.span_id = c.span_id
    where
        -- Whom the web server gave up did not choose what its client got.
        not b.is_given_up
        -- A web server's own span of the request of record is no app.
        and s.kind = 2 and b.has_spans
        and (s.http_response_status_code >= 500
            or s.rpc_response_status_code in @codes grpc: upstream.error_response upstream.unreachable@)
    group by all
)
select
    a.trace_id, a.request_span_id, a.unit_span_id, a.service, a.start_time, a.http_route,
    coalesce(nullif(e.location, ''), a.code_function_name) as location,
    -- A gateway answers so for somebody else, and does no work of its own.
    (case when a.is_doubtful then 0.6 else 1.0 end * case when a.http_response_status_code in (502, 503, 504) and not a.has_work then 0.3 else 1.0 end
        -- The type of an exception is known, if no more of it.
        * case when a.is_named then 0.3 else 1.0 end)::double as strength,
    a.service || ' answered ' || case when a.http_response_status_code >= 500 then a.http_response_status_code::varchar
        else 'the call with status ' || a.rpc_status || case when a.status_message = '' then '' else ' (' || left(a.status_message, 120) || ')' end end as says
from answered as a
left join scoped_exceptions as e
    on a.trace_id = e.trace_id and a.request_span_id = e.request_span_id and a.unit_span_id = e.unit_span_id and e.is_answer
where a.has_work or a.http_route <> '' or a.http_response_status_code not in (502, 504)
qualify row_number() over (partition by a.trace_id, a.request_span_id order by e.time_ns desc) = 1
