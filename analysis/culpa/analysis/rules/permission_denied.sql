-- Was the app not allowed to use a file, a socket or a port?
-- kind: direct
-- idle without: origins
-- Only the operating system's own words count: an app has permissions of its own, and refuses users with the same names.
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'config' as layer, o.service as component, 'config.permission_denied' as cause,
    coalesce(nullif(regexp_extract(o.words, '''(/[^'']+)''', 1), ''), nullif(regexp_extract(o.words, '(/[A-Za-z0-9_./-]+)', 1), ''), '') as object,
    o.location, 1.0 as strength,
    'the operating system refused: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee in ('', 'upstream')
    and (
        regexp_matches(o.words, '\[Errno (13|1)\]|\[WinError 5\]|\b(EACCES|EPERM)\b|\(os error (13|1)\)|java\.nio\.file\.AccessDeniedException|\(Permission denied\)|Permission denied @ |System\.UnauthorizedAccessException: Access to the path')
        or regexp_matches(o.words, '(?i)(failed to open stream|fopen\([^)]*\)|mkdir\(\)|unlink\([^)]*\)|could not [a-z ]+ "[^"]+"): permission denied|\b(open|mkdir|stat|unlink|rename|chmod|chown|fork/exec|bind|listen|dial unix|remove|create|lstat|readdirent|symlink)\b .*: (connect: )?permission denied|bind: permission denied|fork/exec .*: operation not permitted')
    )
