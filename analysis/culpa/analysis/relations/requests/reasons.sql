-- Why a gateway answered itself, where its access line says so, with what that means in words of our own.
-- one row per: trace_id, span_id
-- idle without: scoped_access
-- columns:
--   trace_id, span_id varchar: of the access line
--   access_id, reason varchar: as in scoped_access
--   says varchar: as in said, 'nothing' where the reason is none of a known kind
select
    a.trace_id, a.span_id, a.access_id, a.reason,
    @says gateway_reason (line: a.reason)@ as says
from scoped_access as a
where a.reason <> '' and a.format in @formats tells_reason@ and (a.http_response_status_code >= 500 or not a.completed)
