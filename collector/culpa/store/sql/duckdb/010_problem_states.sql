-- What a person says of a problem: that it is known and shall be quiet for a while, that it is solved, or that it counts again.
-- Kept beside the problems, never in their place: what happens goes on being counted.

create table if not exists data.problem_states (
    "time" timestamp_ns not null,
    fingerprint varchar not null,
    state varchar not null,             -- 'muted', 'resolved', or 'open' where an earlier word is taken back
    until timestamp_ns not null,        -- of a mute; 1970 where it has no end
    note varchar not null
);

-- The newest word on a problem is the one that counts.
create or replace view problem_states as
select * from data.problem_states
qualify row_number() over (partition by fingerprint order by "time" desc, state, note) = 1;
