"""Redact Python's stack traces fast: their frames recur from failure to failure, only the messages are new."""

from functools import lru_cache

from culpa.instrumentation.redact.text import redact_text

_HEAD = "Traceback (most recent call last):"
_FRAME = "  File "
#: The line of source below a frame and the marks below that.
_SOURCE = "    "
#: Reaches over many lines, so it must be looked for before they are taken apart.
_OVER_LINES = "PRIVATE KEY-----"


def redact_stack(text: str) -> str:
    """Redact a formatted stack trace; what is not a frame is redacted in one piece."""
    if _OVER_LINES in text or _HEAD not in text:
        return redact_text(text)
    done: list[str] = []
    words: list[str] = []
    is_in_frames = False
    for line in text.split("\n"):
        if line.startswith(_FRAME) or (is_in_frames and line.startswith(_SOURCE)):
            is_in_frames = True
            if words:
                done.append(redact_text("\n".join(words)))
                words = []
            done.append(_redact_line(line))
        else:
            is_in_frames = False
            words.append(line)
    if words:
        done.append(redact_text("\n".join(words)))
    clean = "\n".join(done)
    # The very same object tells the caller that there was nothing to redact.
    return text if clean == text else clean


@lru_cache(4096)
def _redact_line(line: str) -> str:
    return redact_text(line)
