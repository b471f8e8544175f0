-- What was said of the failed requests that a person has labelled, beside what the person says?
-- params: none
-- columns: trace_id, request_span_id, ended_at, layer, component, cause, confidence (of the verdict), label_layer,
--   label_component ('' where any is right), label_cause, note, labelled_at; newest failure first
select
    v.trace_id,
    v.request_span_id,
    v.ended_at,
    v.layer,
    v.component,
    v.cause,
    v.confidence,
    l.layer as label_layer,
    l.component as label_component,
    l.cause as label_cause,
    l.note,
    l."time" as labelled_at
from failures as v
join labels as l on v.trace_id = l.trace_id
order by v.ended_at desc, v.trace_id, v.request_span_id
