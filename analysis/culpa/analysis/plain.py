"""Make text from telemetry safe to show: nothing in it may steer a terminal or reorder what is read.

Whoever can make a request fail can also choose the text of its error message.
"""

import re

#: C0 and C1 controls, DEL, line and paragraph separators, and the marks that reverse or hide text.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    r"""Return `text` on one line with every control character written out, such as `\x1b` or `\n`."""
    return _UNSAFE.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    return match.group().encode("unicode_escape").decode("ascii")


def json_safe(text: str) -> str:
    """Return JSON text with the same characters escaped as JSON escapes them; its meaning stays."""
    return _UNSAFE.sub(_json_escape, text)


def _json_escape(match: re.Match[str]) -> str:
    # Line feeds stand only between values here: inside strings JSON has escaped them already.
    return match.group() if match.group() == "\n" else f"\\u{ord(match.group()):04x}"
