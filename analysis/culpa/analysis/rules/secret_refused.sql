-- Did a key file not open with the password that the app has for it, or did who issues tokens not know the app?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'config.bad_credentials' as cause,
    coalesce(nullif(regexp_extract(o.words, '(/[^\s''":(),]+\.(?:p12|pfx|jks|pem|key))', 1), ''), o.callee) as object,
    o.location,
    o.share as strength,
    'a secret of the app was refused: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and @says secret_refused (words: o.words)@
