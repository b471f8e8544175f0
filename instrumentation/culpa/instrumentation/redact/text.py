"""Take secrets and personal data out of free text: messages, log lines, stack traces."""

import re

from culpa.instrumentation.redact.mask import EMAIL, PRIVATE_KEY, REDACTED
from culpa.instrumentation.redact.personal import redact_personal_numbers
from culpa.instrumentation.redact.statement import (
    STATEMENT_NEEDLES,
    STATEMENT_TRIGGER,
    Rule,
    apply,
    holds_one,
    needles_of,
    redact_statements,
)

# The end of a name that holds a secret: `password`, `db_password`, `dbPassword`, `X-API-Key`.
_NAMES = (
    r"(?:passw(?:or)?d|passphrase|passwort|pwd|secret|token|api[_-]?key"
    r"|access[_-]?key(?:[_-]?id)?|private[_ -]?key"
    r"|credentials?|session[_-]?id|signature|x-amz-(?:signature|credential|security-token))"
    r"(?:[_-]?(?:hash|value|key|base))?"
)
# `name=value`, `name: value`, `"name": "value"`, `name => value`; a quote may be escaped (JSON inside JSON).
_PAIR = re.compile(
    rf"(?i)(?<!nexpected )({_NAMES}(?:\\?[\"'])?\]?)(\s{{0,3}}(?:=>|=|:)\s{{0,3}})"
    r"(\"(?:[^\"\\]|\\.){0,4096}\"?|'(?:[^'\\]|\\.){0,4096}'?|\\\"(?:[^\"\\]){0,4096}(?:\\\"|\Z)"
    r"|[^\s\"'&,;)}\]<>]+)"
)
# Code on the line of a stack trace (`token = request.headers[`, `pwd = get(`), a folder in PWD, nothing at
# all.
_NOT_A_SECRET = re.compile(
    r"[A-Za-z_.]+[(\[].*|(?:self|cls|settings|config|conf|os|env|process|request|app|options)\.[A-Za-z_.]+\Z"
    r"|(?:None|null|nil|true|false|undefined|YES|NO|\?|\"\"|'')\Z"
    r"|\[?redacted\]?"
)
_FLAG = re.compile(
    r"(?i)(?<![\w-])(--?[\w-]{0,40}(?:passw(?:or)?d|secret|token|api-?key))(\s+|\"\s*,\s*\""
    r"|'\s*,\s*')(?!-)([^\s\"']+)"
)
_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization|x-api-key|x-auth-token)(\\?[\"']?\]?\s*(?:=>"
    r"|[:=])(?!\s*\[redacted\])\s*\[?\\?[\"']?)"
    r"(?:(?:bearer|basic|digest|token|negotiate|apikey|aws4-hmac-sha256)\s+)?[^\r\n\"'\\\]}]+"
)
_COOKIE = re.compile(
    r"(?i)\b((?:set-)?cookies?)(\\?[\"']?\]?\s*(?:=>"
    r"|[:=])(?!\s*\[redacted\])\s*\[?\\?[\"']?)(?=[^\r\n\"'\\\]=]{0,200}=)[^\r\n\"'\\\]]+"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic)(\s+)([A-Za-z0-9._~+/-]{8,}={0,2})")
_USERINFO = re.compile(
    r"([A-Za-z][\w+.-]{0,40}://)([^\s:/@?#\"'<>]{0,256}):"
    r"(?:[^\s/?#\"'<>]{1,1024}|(?!\d+(?:[/?#,\s\"']|\Z))[^\s\"'<>@]{1,1024})@(?=[\w.\[%-])"
)
_EMAIL = re.compile(r"(?<![\w.%+-])(?<!//)[\w.%+-]{1,64}(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![\w-])")
# Tokens that services mark by their first letters, so that they can be found.
_MARKED = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:AKIA|ASIA)[0-9A-Z]{16}|[srp]k_(?:live|test)_[0-9A-Za-z]{8,}|whsec_[0-9A-Za-z]{8,}"
    r"|sk-[A-Za-z0-9_-]{20,}|gh[pousr]_[0-9A-Za-z]{16,}|github_pat_[0-9A-Za-z_]{16,}|glpat-[0-9A-Za-z_-]{16,}"
    r"|xox[abeoprs]-[0-9A-Za-z-]{8,}|xapp-[0-9A-Za-z-]{8,}|AIza[0-9A-Za-z_-]{30,}|ya29\.[0-9A-Za-z_-]{16,}"
    r"|npm_[0-9A-Za-z]{30,}|pypi-[0-9A-Za-z_-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,}|dop_v1_[0-9a-f]{32,}"
    r"|hvs\.[\w-]{16,})"
)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*){0,2}")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)
_PAIR_NEEDLES = (
    *(
        "passw",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "api_key",
        "api-key",
        "apikey",
        "access_key",
        "access-key",
    ),
    *(
        "accesskey",
        "private_key",
        "private-key",
        "privatekey",
        "credential",
        "session_id",
        "session-id",
        "sessionid",
    ),
    "signature",
)


def _replace_pair(match: re.Match[str]) -> str:
    name, separator, value = match.groups()
    if _NOT_A_SECRET.match(value) or (value.startswith("/") and name.lower() == "pwd"):
        return match.group()
    if value[0] in "\"'" and value[-1] == value[0]:
        return f"{name}{separator}{value[0]}{REDACTED}{value[0]}"
    if value.startswith('\\"'):
        return f'{name}{separator}\\"{REDACTED}\\"'
    return f"{name}{separator}{REDACTED}"


def _replace_scheme(match: re.Match[str]) -> str:
    value = match[3]
    # "Basic authentication", "bearer credentials" are words; a token has digits, or capitals amid small
    # letters.
    is_word = value.isalpha() and (value[1:].islower() or value.isupper())
    return match.group() if is_word else f"{match[1]}{match[2]}{REDACTED}"


_RULES = (
    Rule(("private key",), _PRIVATE_KEY, PRIVATE_KEY),
    Rule(("://",), _USERINFO, rf"\1\2:{REDACTED}@"),
    Rule(("authorization", "x-api-key", "x-auth-token"), _HEADER, rf"\1\2{REDACTED}"),
    Rule(("cookie",), _COOKIE, rf"\1\2{REDACTED}"),
    Rule(("bearer", "basic"), _SCHEME, _replace_scheme),
    Rule(("eyj",), _JWT, REDACTED),
    Rule(_PAIR_NEEDLES, _PAIR, _replace_pair),
    Rule(("passw", "secret", "token", "apikey", "api-key"), _FLAG, rf"\1\2{REDACTED}"),
    Rule(
        (
            *("akia", "asia", "k_live_", "k_test_", "whsec_", "sk-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
            *(
                "github_pat_",
                "glpat-",
                "xox",
                "xapp-",
                "aiza",
                "ya29.",
                "npm_",
                "pypi-",
                "sg.",
                "dop_v1_",
                "hvs.",
            ),
        ),
        _MARKED,
        REDACTED,
    ),
    Rule(("@", "%40"), _EMAIL, EMAIL),
)

#: For RE2: whatever `redact_text` could change matches this; most texts do not, and are left alone.
TRIGGER = (
    r"(?i:passw|passphrase|pwd.{0,8}[=:]|secret|token|api[_-]?key|access[_-]?key|private[_ -]?key"
    r"|credential|session[_-]?id|signature|authorization|x-auth-token|cookie|bearer\b|basic\b"
    r"|@[\w\[%.-]|%40[a-z0-9-]|eyj"
    r"|akia|asia[0-9a-z]|k_live_|k_test_|whsec_|sk-|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|xapp-"
    r"|aiza|ya29\.|npm_"
    r"|pypi-|sg\.|dop_v1_|hvs\.|[2-6](?:[ -]?\d){12}|\d{3}-\d{2}-\d{4})"
    r"|[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2}|" + STATEMENT_TRIGGER
)
#: Cheaper, and matched by whatever TRIGGER matches: what a plain path, name, id or address does not have.
COARSE_TRIGGER = (
    r"[=:@'\"(\x00]|%40|/\*|[a-zA-Z]\s|\d{12}|\d[ -]\d|[A-Z]{4}|[A-Z]{2}\d\d"
    r"|(?i:eyj|hvs\.|sg\.|ya29\.|aiza|k[-_]|gh[a-z]_|hub_|pat-|xox|xapp|npm_|pypi|v1_|c_)"
)


_NEEDLES = tuple(dict.fromkeys((*STATEMENT_NEEDLES, *needles_of(_RULES))))


def redact_text(text: str) -> str:
    """Redact free text. Promise: redacting twice gives the same as redacting once."""
    # A plain search for every word, twenty times as fast as Python's search for TRIGGER.
    if holds_one(_NEEDLES, text.lower()):
        text = apply(_RULES, redact_statements(text))
    return redact_personal_numbers(text)
