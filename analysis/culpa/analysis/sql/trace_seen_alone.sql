-- What was seen of these traces? As trace_seen, of traces that `trace_reach` calls alone: no work of theirs stands in another one, and no
-- line of a log is all that tells of a request.
-- relations of: $trace_ids
-- empty: leaked, told_lines
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: those of trace_seen
select * from (
@trace_seen@
) as t
