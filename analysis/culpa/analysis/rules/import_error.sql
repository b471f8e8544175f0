-- Did a module, class or library of the app fail to load, or was a program that it starts not there?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    o.service, 'app.import_error' as cause,
    coalesce(nullif(regexp_extract(o.words, '(?:No module named|Cannot find (?:module|package)|cannot load such file --|Class|module|file or assembly|uninitialized constant) [''"]?([^''"\n ,]+)', 1), ''),
        nullif(regexp_extract(o.words, '(?:\bspawn |\bexec: "|fork/exec |Cannot run program "|start process ''|No such file or directory(?:: ''| - )|sh: (?:[0-9]+: )?)([^ ''":]+)', 1), ''), '') as object,
    o.location,
    1.0 as strength,
    'a module or a program could not be loaded: ' || o.brief as statement
from origins as o
where
    -- A client may lack the library that speaks to its component.
    (o.kind_of_callee in ('', 'database') or starts_with(o.words, 'ModuleNotFoundError: '))
    and @says import_error (words: o.words, stack: o.stacktrace)@
