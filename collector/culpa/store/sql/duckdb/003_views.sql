-- What people and rules read. One attribute by name: attr(attr_keys, attr_vals, 'key'), '' when absent.

create or replace view resources as
select *, map(attr_keys, attr_vals) as attributes
from data.resources
qualify row_number() over (partition by resource_id order by first_seen) = 1;

create or replace view spans as
select *, make_timestamp_ns(epoch_ns(start_time) + duration_ns) as end_time, map(attr_keys, attr_vals) as attributes
from data.spans;

create or replace view exceptions as
select *, map(attr_keys, attr_vals) as attributes from data.exceptions;

create or replace view logs as
select *, map(attr_keys, attr_vals) as attributes from data.logs;

create or replace view access as
select *, make_timestamp_ns(epoch_ns(start_time) + duration_ns) as end_time, map(attr_keys, attr_vals) as attributes
from data.access;

create or replace view metric_points as
select *, map(attr_keys, attr_vals) as attributes from data.metric_points;

-- Fingerprints had no version once: those are version 1, so that no problem that stands gets another name. A row that says no kind of
-- work is of a request.
create or replace view verdict_revisions as
select * exclude (superseded) replace (
    case when contains(fingerprint, ':') then fingerprint else '1:' || fingerprint end as fingerprint,
    case when kind <> '' then kind else 'request' end as kind
)
from data.verdict_revisions;

-- The verdict of all work that failed, requests and others.
create or replace view failures as
select
    * exclude (judged_at, rules_version, withdrawn, superseded)
    replace (
        case when contains(fingerprint, ':') then fingerprint else '1:' || fingerprint end as fingerprint,
        case when kind <> '' then kind else 'request' end as kind
    ),
    judged_at, rules_version
from data.verdict_revisions
where superseded is not true and not withdrawn;

create or replace view verdicts as
select * from failures where kind = 'request';
