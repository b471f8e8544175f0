-- What clients of brokers said. A relation of its own: where it is empty, no rule that reads it costs anything.
-- columns: as in origins
select * from origins as o where o.kind_of_callee = 'queue'
