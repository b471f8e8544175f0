-- Did a module, class or library of the app fail to load?
-- kind: direct
-- idle without: origins
select
    o.trace_id, o.request_span_id, o.span_id, o.source, o.seen_at,
    'app' as layer, o.service as component, 'app.import_error' as cause,
    coalesce(nullif(regexp_extract(o.words, '(?:No module named|Cannot find (?:module|package)|cannot load such file --|Class|module|file or assembly|uninitialized constant) [''"]?([^''"\n ,]+)', 1), ''), '') as object,
    o.location,
    1.0 as strength,
    'a module could not be loaded: ' || o.brief as statement
from origins as o
where
    -- A client may lack the library that speaks to its component.
    (o.kind_of_callee = '' or starts_with(o.words, 'ModuleNotFoundError: '))
    and (
        regexp_matches(o.words, '^(ModuleNotFoundError|ImportError|MODULE_NOT_FOUND|ERR_MODULE_NOT_FOUND|ERR_REQUIRE_ESM|ERR_PACKAGE_PATH_NOT_EXPORTED|LoadError|Gem::(MissingSpecError|LoadError)|Bundler::GemNotFound|NameError: uninitialized constant|java\.lang\.(NoClassDefFoundError|ClassNotFoundException|UnsatisfiedLinkError|NoSuchMethodError|NoSuchFieldError|AbstractMethodError|IncompatibleClassChangeError|UnsupportedClassVersionError)|System\.(TypeLoadException|DllNotFoundException|BadImageFormatException|MissingMethodException)|IndentationError|TabError)')
        or regexp_matches(o.words, 'Cannot find (module|package) ''|cannot load such file -- |Class "[^"]+" not found|Failed opening required|\b(require|include)(_once)?\(.*\): Failed to open stream|undefined symbol: |Could not load (file or assembly|type) ''|cannot open shared object file|version `GLIBC\w*_[0-9.]+'' not found|was compiled against a different Node\.js version|UndefinedFunctionError.*\(module [\w.]+ is not available\)|Unable to load shared library')
        -- A file that cannot be compiled: Python, Ruby, PHP, Elixir.
        or regexp_matches(o.words, '^SyntaxError: .*\([A-Za-z0-9_.-]+\.(py|rb|js), line [0-9]+\)|^SyntaxError: [^ ]+\.rb:[0-9]+: |^ParseError: (syntax error|[Uu]nclosed|[Uu]nmatched|[Uu]nexpected|Invalid body)|^CompileError: |^(TokenMissingError|MismatchedDelimiterError): ')
    )
