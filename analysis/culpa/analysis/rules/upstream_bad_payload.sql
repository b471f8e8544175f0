-- Did an outside service answer 2xx with something that the app could not use?
-- kind: direct
select
    o.trace_id, o.request_span_id, c.span_id, 'span:' || c.span_id as source, o.seen_at,
    'upstream' as layer,
    c.callee as component,
    'upstream.bad_payload' as cause,
    c.url_path as object,
    o.location,
    case when o.kind_of_callee = 'upstream' then 1.0 else 0.9 end as strength,
    c.callee || ' answered ' || c.status || ', and reading the answer failed: ' || o.brief as statement
from origins as o
join calls as c on o.trace_id = c.trace_id and o.request_span_id = c.request_span_id
where
    not o.is_call and c.kind_of_callee = 'upstream' and c.status between 200 and 299
    and regexp_matches(o.words, '(?i)JSONDecodeError|JSON\.parse|Unexpected (token|end of JSON)|is not valid JSON|JsonParse|JSON::ParserError|JsonException|Expecting value|ContentTypeError|DecodingError|UnicodeDecodeError|SyntaxError: .*JSON|XML.*ParseError')
qualify row_number() over (partition by o.trace_id, o.request_span_id order by c.end_ns desc) = 1
