-- Did a module, class or library of the app fail to load?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.import_error' as cause,
    coalesce(nullif(regexp_extract(o.words, '(?:No module named|Cannot find (?:module|package)|cannot load such file --|Class|module|file or assembly|uninitialized constant) [''"]?([^''"\n ,]+)', 1), ''), '') as object,
    o.location,
    1.0 as strength,
    'a module could not be loaded: ' || o.brief as statement
from origins as o
where
    -- A client may lack the library that speaks to its component.
    (o.kind_of_callee in ('', 'database') or starts_with(o.words, 'ModuleNotFoundError: '))
    and @says import_error (words: o.words)@
