-- Which service answers where each request was passed on to, as far as anybody can tell?
-- one row per: trace_id, span_id
-- idle without: scoped_access
-- columns:
--   trace_id, span_id varchar: of the access line
--   service varchar: component name, '' if not known
select a.trace_id, a.span_id, coalesce(k.service, g.service, '') as service
from scoped_access as a
left join learnt_services as k on a.last_upstream = k.upstream_address
left join guessed_services as g on a.trace_id = g.trace_id and a.span_id = g.span_id
