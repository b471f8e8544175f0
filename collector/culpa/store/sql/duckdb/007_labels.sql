-- What a person says that really failed: corrections and confirmations, kept beside the verdicts, never in their place.

create table if not exists data.labels (
    "time" timestamp_ns not null,
    trace_id varchar not null,
    layer varchar not null,
    component varchar not null,         -- '' where the person did not say; any is right then
    cause varchar not null,
    note varchar not null
);

-- The newest label of a trace is the one that counts.
create or replace view labels as
select * from data.labels
qualify row_number() over (partition by trace_id order by "time" desc, cause, component, layer, note) = 1;
