-- The alarms' outbox: what is to be told, and what came of telling it. An event is durable here before anybody hears of it.

create table if not exists data.alarm_events (
    event_id varchar not null,          -- episode, a dash and the state: the same event has the same name after a crash
    episode varchar not null,           -- 16 hex, of rule, subject and opened_at
    "time" timestamp_ns not null,
    rule varchar not null,              -- its name in the rules
    subject varchar not null,           -- a problem's fingerprint, 'service:…', or 'culpa:…' of the collector itself
    state varchar not null,             -- 'firing' or 'resolved'
    opened_at timestamp_ns not null,    -- when the trouble began, as far as it was seen
    summary varchar not null,
    details varchar not null,           -- JSON: all that a message is written from
    channels varchar[] not null         -- that are to hear of it
);

create table if not exists data.alarm_deliveries (
    event_id varchar not null,
    channel varchar not null,
    "time" timestamp_ns not null,
    attempt uinteger not null,          -- from 1
    outcome varchar not null,           -- 'sent', 'failed' (is tried again), 'given_up', 'summarised' (told with others in one message)
    message varchar not null            -- why it failed, '' where it did not
);

create or replace view alarm_events as select * from data.alarm_events;

create or replace view alarm_deliveries as select * from data.alarm_deliveries;
