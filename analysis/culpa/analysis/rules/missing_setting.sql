-- Was a setting, an environment variable or a configured file missing?
-- kind: direct
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'config' as layer, o.service as component, 'config.missing_setting' as cause,
    coalesce(
        nullif(regexp_extract(o.words, 'key not found: "?([A-Za-z0-9_]+)', 1), ''),
        nullif(regexp_extract(o.words, 'KeyError: ''?([A-Za-z0-9_]+)', 1), ''),
        nullif(regexp_extract(o.words, '''(/[^'']+)''', 1), ''),
        nullif(regexp_extract(o.words, '\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b', 1), ''),
        ''
    ) as object,
    o.location,
    case
        when regexp_matches(o.words, '(?i)environ|setting|config|secret|env var') or regexp_matches(o.stacktrace, 'in __getitem__\n[^\n]*self\.encodekey|os\.environ\[|ENV\.fetch|frozen os|/os\.py", line') then 1.0
        else 0.8
    end as strength,
    'a setting is missing: ' || o.brief as statement
from origins as o
where
    o.kind_of_callee = ''
    and (
        regexp_matches(o.words, 'ImproperlyConfigured|(?i)(environment variable|env var|setting|secret|configuration)[^.]{0,60}(is )?(not set|missing|required|undefined|must be (set|configured|defined)|not (defined|configured|found))|(?i)(missing|required|undefined|unset|no) (required )?(environment variable|env var|setting|secret|configuration( (key|value|option))?)\b|ValidationError.*Settings|pydantic_settings|is not configured|NoSuchOptionError|UndefinedValueError|MissingConfig')
        -- A KeyError of os.environ: the key was looked up in the environment's own mapping.
        or (regexp_matches(o.words, '^KeyError: ') and regexp_matches(o.stacktrace, '(?s)os\.py", line [0-9]+, in __getitem__|os\.environ\['))
        or (regexp_matches(o.words, '^KeyError: ') and regexp_matches(o.stacktrace, 'ENV\.fetch|in `fetch'''))
        or regexp_matches(o.words, '(FileNotFoundError|ENOENT|NoSuchFileException|Errno::ENOENT)[^\n]*(conf|config|settings?|secrets?|credentials?|certs?|\.ya?ml|\.toml|\.ini|\.env|\.pem|\.key|\.crt)[^/]*$')
        or (regexp_matches(o.words, 'key not found: "[A-Z][A-Z0-9_]+"'))
    )
