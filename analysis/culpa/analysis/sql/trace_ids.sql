-- Which traces are known whose id begins so, failed or not?
-- params: lowest varchar, beyond varchar (a range of ids; a range because it can skip most of the data)
-- columns: trace_id
select s.trace_id from spans as s where s.trace_id >= $lowest and s.trace_id < $beyond
union
-- Of some only a line of a log tells that names no trace.
select v.trace_id from failures as v where v.trace_id >= $lowest and v.trace_id < $beyond
union
select a.trace_id from access as a where a.trace_id >= $lowest and a.trace_id < $beyond
order by trace_id
limit 6
