"""What the user adds to the rules by environment variables: names of values, and one pattern of their own.

CULPA_REDACT=off switches all redaction in the process off. CULPA_REDACT_NAMES=voucher,tax_id masks what has such a
name: an attribute, a parameter of a URL, a pair in a text. CULPA_REDACT_PATTERN is a regular expression whose matches
are masked wherever they stand.
"""

import os
import re
from collections.abc import Callable, Mapping

from culpa.instrumentation.redact.mask import REDACTED
from culpa.instrumentation.redact.pair import redact_named

SWITCH, NAMES, PATTERN = "CULPA_REDACT", "CULPA_REDACT_NAMES", "CULPA_REDACT_PATTERN"
_OFF = frozenset(("off", "0", "false", "no"))

#: (key, value that the general rules have seen) -> value
Mask = Callable[[str, str], str]


def is_on(environ: Mapping[str, str] = os.environ) -> bool:
    """Tell whether telemetry is redacted in the process."""
    return environ.get(SWITCH, "").strip().lower() not in _OFF


def own_mask(environ: Mapping[str, str] = os.environ) -> Mask | None:
    """Return what masks the user's own secrets, None if none were named. Errors: re.error of a broken pattern."""
    names = [name.strip() for name in environ.get(NAMES, "").split(",") if name.strip()]
    own = re.compile(environ[PATTERN]) if environ.get(PATTERN) else None
    if not names and own is None:
        return None
    last_words = frozenset(name.lower() for name in names)

    def mask(key: str, value: str) -> str:
        if _is_named(key.lower(), last_words):
            return REDACTED
        if last_words:
            value = redact_named(value, lambda name: _is_named(name.lower(), last_words))
        return own.sub(REDACTED, value) if own else value

    return mask


def _is_named(name: str, names: frozenset[str]) -> bool:
    """Tell whether a name, or what stands behind its last dot, is one of the user's."""
    return name in names or name.rpartition(".")[2] in names
