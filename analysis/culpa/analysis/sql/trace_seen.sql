-- What was seen of these traces? The rows of trace_spans, trace_access and trace_exceptions at once, each in its order: the relations that
-- they read are then made once.
-- relations of: $trace_ids
-- params: trace_ids varchar[], from_ns bigint, to_ns bigint (of explanation/reach.py: nothing else is read)
-- columns: spans, access, exceptions (lists of the rows)
select
    (select coalesce(list(s order by s.start_ns, s.span_id), []) from (@trace_spans@) as s) as spans,
    (select coalesce(list(a order by a.start_ns, a.duration_ns desc, a.access_id), []) from (@trace_access@) as a) as access,
    (select coalesce(list(e order by e.time_ns, e.exception_id), []) from (@trace_exceptions@) as e) as exceptions
