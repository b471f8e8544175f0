-- Web servers whose error log is read at all: it wrote something in the day before.
-- one row per: service_name
-- columns:
--   service_name varchar: of the web server
with reach as (
    select
        make_timestamp_ns(min(b.line_start_ns) - 86400000000000) as from_time, make_timestamp_ns(max(b.line_end_ns) + 60000000000) as to_time,
        coalesce(min(b.line_start_ns), 0) <= 0 as is_untimed
    from blamed as b
    where b.line_span_id <> ''
)
select distinct l.service_name
from logs as l
semi join blamed as b on l.service_name = b.web_server
where
    l.format not in @formats sent@ and l.severity_number >= 13
    and (
        (l."time" >= (select r.from_time from reach as r) and l."time" <= (select r.to_time from reach as r))
        or (select r.is_untimed from reach as r)
    )
