"""Take passwords, tokens and addresses out of URLs and query strings; keep host, port, path and the names."""

import re

from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.text import redact_text

# Names of query parameters whose values open something. Matched whole, or as the last part of a longer name.
_SENSITIVE = re.compile(
    r"(?:.*[_.\-\[])?(?:password|passwd|passphrase|pass|pwd|secret|token|auth|authorization"
    r"|api[_-]?key|apikey|key"
    r"|access[_-]?key(?:[_-]?id)?|credentials?|sig|signature|session|session[_-]?id|sid|jwt|otp|pin"
    r"|code|ticket"
    r"|nonce|state|assertion|ssn|email|phone)\]?"
    r"|.*(?:password|secret|token|apikey|accesskey|signature|credential|sessionid)|awsaccesskeyid"
    r"|x-(?:amz|goog)-.*",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"(^|[?&;#])([^=&;#?\s]{1,200})=([^&;#\s]*)")
# State names and codes that help to understand a failure: an OAuth `code` is long, an error's is short.
_SHORT_NAMES = frozenset({"code", "state", "key", "pin"})
_SHORT_VALUE = re.compile(r"[A-Za-z_]{0,15}|[A-Za-z0-9_-]{0,7}")


def redact_url(url: str) -> str:
    """Redact a URL, a request target, or a bare query string (`a=1&token=…`)."""
    return redact_text(_PARAMETER.sub(_replace, url))


def _replace(match: re.Match[str]) -> str:
    before, name, value = match.groups()
    if not value or not _SENSITIVE.fullmatch(name):
        return match.group()
    if name.lower() in _SHORT_NAMES and name.lower() != "pin" and _SHORT_VALUE.fullmatch(value):
        return match.group()
    return f"{before}{name}={REDACTED}"
