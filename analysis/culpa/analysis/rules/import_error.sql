-- Did a module fail to load?
-- kind: direct
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'app' as layer, o.service as component, 'app.import_error' as cause,
    coalesce(nullif(regexp_extract(o.words, '(?:No module named|Cannot find (?:module|package)|cannot load such file --|Class) [''"]?([^''"\n ]+)', 1), ''), '') as object,
    o.location,
    1.0 as strength,
    'a module could not be loaded: ' || o.brief as statement
from origins as o
where
    regexp_matches(o.words, '^(ModuleNotFoundError|ImportError|MODULE_NOT_FOUND|ERR_MODULE_NOT_FOUND|LoadError|NameError: uninitialized constant|java\.lang\.(NoClassDefFoundError|ClassNotFoundException|UnsatisfiedLinkError)|IndentationError|TabError)')
    or regexp_matches(o.words, 'Cannot find module |cannot load such file -- |Class "[^"]+" not found|Failed opening required|undefined symbol: ')
    or regexp_matches(o.words, '^SyntaxError: .*\([A-Za-z0-9_.-]+\.(py|rb|js), line [0-9]+\)')
