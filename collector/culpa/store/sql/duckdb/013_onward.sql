-- What became of telling verdicts onward, to other backends.

create table if not exists data.onward_deliveries (
    destination varchar not null,       -- its name in the file of destinations
    trace_id varchar not null,          -- '' in a mark: whatever was judged before judged_at was delivered
    request_span_id varchar not null,
    judged_at timestamp_ns not null,    -- of the revision that was told
    "time" timestamp_ns not null,
    outcome varchar not null,           -- 'sent', 'refused' (the backend cannot read it) or 'mark'
    message varchar not null            -- why it was refused, '' where it was not
);

create or replace view onward_deliveries as select * from data.onward_deliveries;
