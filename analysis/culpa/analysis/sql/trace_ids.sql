-- Which traces are known whose id begins so, failed or not?
-- params: lowest varchar, beyond varchar (a range of ids; a range because it can skip most of the data)
-- columns: trace_id; span_count
select
    s.trace_id,
    count(distinct s.span_id) as span_count
from spans as s
where s.trace_id >= $lowest
    and s.trace_id < $beyond
group by s.trace_id
order by s.trace_id
limit 5
