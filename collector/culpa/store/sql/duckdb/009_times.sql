-- Older versions stored times up to 2262, and sums of those do not fit 64 bits: one such row kept a whole store from being
-- judged. What lies outside of 1970 to 2100 is moved to its nearer end, as it is today before it is stored. Where there is
-- no such row this reads only each row group's least and greatest value.

update data.spans set start_time = least(greatest(start_time, timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where start_time > timestamp_ns '2100-01-01' or start_time < timestamp_ns '1970-01-01';

update data.spans set duration_ns = least(greatest(duration_ns, 0), 4102444800000000000 - epoch_ns(start_time))
where duration_ns > 4102444800000000000 or duration_ns < 0;

update data.access set start_time = least(greatest(start_time, timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where start_time > timestamp_ns '2100-01-01' or start_time < timestamp_ns '1970-01-01';

update data.access set duration_ns = least(greatest(duration_ns, -1), 4102444800000000000 - epoch_ns(start_time))
where duration_ns > 4102444800000000000 or duration_ns < -1;

update data.logs set "time" = least(greatest("time", timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where "time" > timestamp_ns '2100-01-01' or "time" < timestamp_ns '1970-01-01';

update data.logs set observed_time = least(greatest(observed_time, timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where observed_time > timestamp_ns '2100-01-01' or observed_time < timestamp_ns '1970-01-01';

update data.exceptions set "time" = least(greatest("time", timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where "time" > timestamp_ns '2100-01-01' or "time" < timestamp_ns '1970-01-01';

update data.metric_points set "time" = least(greatest("time", timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where "time" > timestamp_ns '2100-01-01' or "time" < timestamp_ns '1970-01-01';

update data.resources set first_seen = least(greatest(first_seen, timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where first_seen > timestamp_ns '2100-01-01' or first_seen < timestamp_ns '1970-01-01';

update data.changes set "time" = least(greatest("time", timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where "time" > timestamp_ns '2100-01-01' or "time" < timestamp_ns '1970-01-01';

update data.verdict_revisions
set ended_at = least(greatest(ended_at, timestamp_ns '1970-01-01'), timestamp_ns '2100-01-01')
where ended_at > timestamp_ns '2100-01-01' or ended_at < timestamp_ns '1970-01-01';
