-- In which traces stands the request that has this id: of a server (X-Request-Id, UNIQUE_ID), or that of its span?
-- params: request_id varchar
-- columns: trace_id, request_span_id ('' where the id is a server's and so all of the trace is meant)
select a.trace_id, '' as request_span_id from access as a where a.request_id = $request_id and a.trace_id <> ''
union
select l.trace_id, '' as request_span_id from logs as l where l.request_id = $request_id and l.trace_id <> ''
union
select v.trace_id, v.request_span_id from failures as v where v.request_span_id = $request_id
order by trace_id, request_span_id
limit 6
