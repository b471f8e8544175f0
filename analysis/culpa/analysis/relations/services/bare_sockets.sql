-- Which exceptions tell of a connection that failed, and only the place?
-- columns: exception_id, service_name (that raised it), host, port, seen_at
with told as (
    select
        r.exception_id, r.service_name, r.host, coalesce(try_cast(regexp_extract(r.named_callee, ':([0-9]{1,5})$', 1) as integer), 0) as port,
        r."time" as seen_at
    from reached as r
    where r.kind_of_callee = '' and r.host <> '' and r.service_name <> ''
)
select t.* from told as t where t.port > 0
