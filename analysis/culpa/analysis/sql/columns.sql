-- Which relations are there to ask, and which columns have they?
-- params: none
-- columns: relation, name, kind
select c.table_name as relation, c.column_name as name, lower(c.data_type) as kind
from information_schema.columns as c
where c.table_schema = 'main'
group by c.table_name, c.column_name, c.data_type
order by c.table_name, min(c.ordinal_position)
limit 2000
