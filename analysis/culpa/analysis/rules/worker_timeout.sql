-- Did the process manager, or what watches over a worker, end one that took too long?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'app' as layer, o.service as component, 'app.worker_timeout' as cause,
    '' as object, o.location, 1.0 as strength,
    'the process manager ended the worker: ' || o.brief as statement
from origins as o
where
    (regexp_matches(o.words, '^SystemExit') and regexp_matches(o.stacktrace, 'in handle_abort|gunicorn/workers/base\.py'))
    or regexp_matches(o.words, '^Rack::Timeout::RequestTimeout|^(billiard\.exceptions\.)?(Soft)?TimeLimitExceeded\b|^(celery\.exceptions\.)?SoftTimeLimitExceeded\b')
