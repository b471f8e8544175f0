-- What did these healthy traces do? As trace_spans: no work of what went well is looked for elsewhere.
-- relations of: $trace_ids
-- empty: leaked, told_lines
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: those of trace_spans
select * from (
@trace_spans@
) as t
order by t.start_ns, t.span_id
