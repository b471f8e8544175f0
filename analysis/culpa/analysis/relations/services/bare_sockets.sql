-- Which exceptions tell of a connection that failed, and only the place?
-- one row per: exception_id
-- idle without: reached
-- columns:
--   exception_id varchar: as in reached
--   service_name varchar: that raised it
--   host varchar, port integer: the place
--   seen_at timestamp_ns: when
with shown as (
    select
        r.exception_id, r.service_name, r.host, coalesce(try_cast(regexp_extract(r.named_callee, ':([0-9]{1,5})$', 1) as integer), 0) as port,
        r."time" as seen_at
    from reached as r
    where r.kind_of_callee = '' and r.host <> '' and r.service_name <> ''
)
select distinct t.* from shown as t where t.port > 0
