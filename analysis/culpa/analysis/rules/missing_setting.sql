-- Was a setting, an environment variable, a secret or a configured file missing?
-- kind: direct
-- idle without: origins
-- Shown by who looked it up in the environment or in a framework's settings, by a certificate's file, by the words for it, by a name
-- as settings are spelt, by an address that no client can use, or by the name of a file that holds settings or secrets.
with spoken as (
    select
        o.*,
        @says missing_setting (words: o.words, type: o.origin_type, stack: o.stacktrace)@ as meant
    from origins as o
    where not o.is_call
)
select
    t.trace_id, t.request_span_id, t.span_id, t.source, t.seen_at,
    t.service, 'config.missing_setting' as cause,
    coalesce(
        nullif(regexp_extract(t.words, 'key not found: "?([A-Za-z0-9_]+)', 1), ''),
        nullif(regexp_extract(t.words, '^KeyError: ''?([A-Za-z0-9_]+)', 1), ''),
        nullif(regexp_extract(t.words, '\b([A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9])\b', 1), ''),
        nullif(regexp_extract(t.words, 'placeholder ''([^'']+)''', 1), ''),
        nullif(regexp_extract(t.words, '(/[^\s''":(),]+)', 1), ''),
        nullif(regexp_extract(t.words, '[''"`]([A-Za-z0-9_.:-]+)[''"`]', 1), ''),
        ''
    ) as object,
    t.location,
    case t.meant when 'named' then 0.9 when 'file' then 0.8 when 'address' then 0.3 else 1.0 end as strength,
    'a setting is missing: ' || t.brief as statement
from spoken as t
where
    (t.meant in ('looked up', 'certificate') and (t.kind_of_callee in ('', 'upstream', 'database') or t.origin_type = 'FileNotFoundError'))
    or (t.kind_of_callee = '' and t.meant in ('config.missing_setting', 'named', 'file'))
    or (t.kind_of_callee <> '' and t.meant in ('config.missing_setting', 'address'))
