"""Take passwords, tokens and addresses out of URLs and query strings; keep host, port, path and the names."""

import re
from urllib.parse import quote, unquote

from culpa.instrumentation.patterns import late_pattern
from culpa.instrumentation.redact.parameter import redact_query_string
from culpa.instrumentation.redact.text import redact_text

# A part of a path or query; what its escapes stand for may be a secret where the escapes are none.
_ESCAPED = late_pattern(r"(?<![^?&;#=])[^?&;#=\s%]*+%[^?&;#=\s]*+")
#: Signs of the masks, and others that need no escape to be told.
_SAFE = "[]@:,/"


def redact_url(url: str) -> str:
    """Redact a URL, a request target, or a bare query string (`a=1&token=…`)."""
    # As a text first, since some are: behind a blank or a quote a parameter's value would seem to end.
    url = redact_text(url)
    if "=" in url:
        url = redact_query_string(url)
    return _ESCAPED.sub(_redact_escaped, url) if "%" in url else url


def _redact_escaped(match: re.Match[str]) -> str:
    plain = unquote(match.group())
    clean = redact_text(plain)
    return match.group() if clean == plain else quote(clean, safe=_SAFE)
