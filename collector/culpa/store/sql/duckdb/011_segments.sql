-- The sealed files beside this one, which hold older rows of the same store, sorted and never changed again.
-- A row of spans, exceptions, logs, access or metric_points is either here or in one sealed file; all else stays here.

create table if not exists data.segments (
    name varchar not null,              -- of the file, in the store's folder
    first_time timestamp_ns not null,   -- earliest and latest time of its rows
    last_time timestamp_ns not null,
    rows ubigint not null,
    bytes ubigint not null,             -- of the file
    holds varchar not null,             -- 'everything', or 'failing': what is left when healthy traces are gone
    sealed_at timestamp_ns not null,
    dropped boolean not null            -- its rows count no longer; the file goes when nobody reads it
);

create or replace view segments as
select * exclude (dropped) from data.segments where not dropped;
