"""What the user adds to the rules by environment variables: names of values, and one pattern of their own.

CULPA_REDACT=off switches all redaction in the process off. CULPA_REDACT_NAMES=voucher,tax_id masks what has such a
name: an attribute, a parameter of a URL, a pair in a text. CULPA_REDACT_PATTERN is a regular expression whose matches
are masked wherever they stand.
"""

import os
import re
from collections.abc import Callable, Mapping

from culpa.instrumentation.redact.mask import REDACTED

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
    patterns = [_pairs(names)] if names else []
    if environ.get(PATTERN):
        patterns.append(re.compile(f"()(?:{environ[PATTERN]})"))
    if not patterns:
        return None
    last_words = frozenset(name.lower() for name in names)

    def mask(key: str, value: str) -> str:
        if key.lower() in last_words or key.rpartition(".")[2].lower() in last_words:
            return REDACTED
        for pattern in patterns:
            value = pattern.sub(rf"\g<1>{REDACTED}", value)
        return value

    return mask


def _pairs(names: list[str]) -> re.Pattern[str]:
    """Match `name=value`, `name: value`, `"name": "value"` for each name, case and kind of quote aside."""
    either = "|".join(map(re.escape, names))
    return re.compile(
        rf"(?i)((?<![A-Za-z0-9])(?:{either})[\"']?\]?\s{{0,3}}(?:=>|=|:)\s{{0,3}})"
        r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[^\s\"'&,;)}\]<>]+)"
    )
