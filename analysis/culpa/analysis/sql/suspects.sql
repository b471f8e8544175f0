-- Which traces may hold a failed request?
-- needs: spans, exceptions, access
-- columns: trace_id
select s.trace_id from spans as s where s.http_response_status_code >= 500 or (s.kind = 2 and s.status_code = 2)
union
select a.trace_id from access as a
where a.http_response_status_code >= 500 or (not a.completed and a.http_response_status_code between 200 and 399)
