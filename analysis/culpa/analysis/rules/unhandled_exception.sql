-- Did an exception of the app's own code end the request?
-- kind: fallback
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'app' as layer, o.service as component, 'app.unhandled_exception' as cause,
    '' as object, o.location,
    case
        -- That a transaction was given up before tells nothing of why.
        when o.error_code = '25P02' then 0.0
        when @says broken_transaction (words: o.words)@ then 0.2
        -- Nor does a limit that the app set to its own work, of what used up the time.
        when @says own_limit (type: o.origin_type, stack: o.stacktrace)@ then 0.5
        when o.kind_of_callee = '' then 1.0
        when o.is_relay then 0.2
        else 0.5
    end as strength,
    case when o.handled then 'the app handled and answered for ' else 'the request ended with ' end || o.brief
        || case when o.location <> '' then ' at ' || o.location else '' end as statement
from origins as o
where not o.is_call
