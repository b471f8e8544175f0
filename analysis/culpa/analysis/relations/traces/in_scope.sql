-- The traces to be judged: the wanted ones, and those whose work or whose request stands in a wanted one.
-- one row per: trace_id
-- columns:
--   trace_id varchar: of such a trace
select w.trace_id from wanted as w
union
select l.trace_id from leaked as l
