-- Which revision of a verdict counts was once found by ranking all of them, in every question: that took most of its time.
-- A segment of then is ranked once, when it is first written to; who appends keeps it so (culpa.store.appending).

update data.verdict_revisions
set superseded = true
where superseded is not true and rowid in (
    select r.rowid
    from data.verdict_revisions as r
    where r.superseded is not true
    qualify row_number() over (partition by r.trace_id, r.request_span_id order by r.judged_at desc, r.settled desc) > 1
);
