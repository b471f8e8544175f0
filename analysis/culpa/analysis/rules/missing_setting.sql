-- Was a setting, an environment variable, a secret or a configured file missing?
-- kind: direct
-- idle without: origins
-- A name in capitals with an underscore is how settings are spelt everywhere; plain words (setting, secret, configuration) count
-- only where such a name, a quoted key or a framework's own exception stands beside them.
with told as (
    select
        o.*,
        -- The environment was asked, or a framework's settings say it themselves.
        regexp_matches(o.words, '(?i)\b(environment|env(ironment)?) (variable|var)s?\b.*\b(not (been )?(set|found|defined|configured|provided|specified)|missing|required|undefined|unset|must (be|not be)|empty|does not exist)|\b(missing|required|undefined|unset|no such|could not fetch|provide|set)\b.*\b(environment|env(ironment)?) (variable|var)s?\b')
        or regexp_matches(o.words, '\bImproperlyConfigured: |\bImproperlyConfigured\b.*(setting|variable|environ)|\bUndefinedValueError: |\bMissingAppKeyException|\bEnvNotFoundException|\bMissingRequiredPropertiesException|\bFigaro::MissingKey|\bDotenv::(Missing|Exception)|\bEncryptedFile::MissingKeyError|\bConfigException\$(Missing|Null)|\bOptionsValidationException|\bSystem\.EnvError|\bNoCredentialsError|\bNoRegionError|\bPartialCredentialsError')
        or regexp_matches(o.words, 'ValidationError: \d+ validation errors? for \w*(Settings|Config|Configuration)\b|pydantic_settings|AttributeError: ''\w*(Settings|SettingsHolder|Config)'' object has no attribute|Config ''[^'']+'' is missing, and has no default')
        or regexp_matches(o.words, 'Could not resolve placeholder ''|SRCFG0+14:|No configuration setting found for key|Failed to configure a DataSource|Required key ''[^'']+'' not found|No connection string named|ConnectionString property has not been initialized|\(Parameter ''connectionString''\)|Section ''[^'']+'' not found in configuration|required key \w+ missing value|Config File "[^"]+" Not Found|No application encryption key has been specified|non-existent parameter "[^"]+"|Missing `secret_key_base`|[Uu]nable to (locate|load) (AWS )?credentials|could not fetch application environment|\bsecretOrPrivateKey must have a value|[Mm]issing required configuration( key)?:? [''"\[]')
            as is_said,
        -- PAYMENTS_KEY is not set, missing PAYMENTS_KEY
        regexp_matches(o.words, '\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b[''"`]?( (setting|variable|option|secret|key|value))? ?(is |are |was |has |not |must |env)?(been )?(not |be |un)?(set|configured|defined|provided|specified|missing|required|undefined|found|empty|null|nil)\b|\b([Mm]issing|[Uu]nset|[Rr]equired?|[Uu]ndefined)( required)?( (setting|secret|variable|key|config(uration)?( key| value)?|env(ironment)?( var(iable)?)?))?:? [''"`]?[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b')
            as is_named,
        -- The key was looked up in the environment's own mapping, or in the framework's settings.
        regexp_matches(o.words, '^KeyError: ') and regexp_matches(o.stacktrace, '(?s)(os\.py|frozen os>)", line [0-9]+, in __getitem__|os\.environ\[|ENV\.fetch|\b(app\.)?config\[[''"][A-Z]|\bsettings\[[''"]')
        or regexp_matches(o.words, 'key not found: "[A-Z][A-Z0-9]*_[A-Z0-9_]+"|[Uu]ndefined (array key|index):? "?[A-Z][A-Z0-9]*_[A-Z0-9_]+"?')
            as is_looked_up,
        -- A file that holds settings or secrets is not there.
        regexp_matches(o.words, '(?i)FileNotFound|\bENOENT\b|NoSuchFile|no such file or directory|could not find file')
        and regexp_matches(o.words, '(/secrets?/[^\s''":(),]+|/etc/[^\s''":(),]+|(^|[/''" ])[^\s''":(),/]*(config|conf|settings?|secrets?|credentials?|certs?)(\.(json|ya?ml|toml|ini|xml|properties|php|js|py|rb))?|[^\s''":(),/]+\.(ya?ml|toml|ini|env|pem|key|crt|cfg|conf|properties|p12|jks)|/\.env)([''":(),\s]|$)')
            as is_file,
        regexp_matches(o.origin_type, '^FileNotFoundError$') and regexp_matches(o.stacktrace, '\.load_(verify_locations|cert_chain)\(') as is_certificate
    from origins as o
    where (o.kind_of_callee in ('', 'upstream') or o.origin_type = 'FileNotFoundError') and not o.is_call
)
select
    t.trace_id, t.request_span_id, t.span_id, t.source, t.seen_at,
    'config' as layer, t.service as component, 'config.missing_setting' as cause,
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
    case when t.is_said or t.is_looked_up or t.is_certificate then 1.0 when t.is_named then 0.9 else 0.8 end as strength,
    'a setting is missing: ' || t.brief as statement
from told as t
where t.is_looked_up or t.is_certificate or (t.kind_of_callee = '' and (t.is_said or t.is_named or t.is_file)) or (t.kind_of_callee = 'upstream' and t.is_said)
