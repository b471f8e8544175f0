"""The colours that a program gives a line on a terminal, of which none is part of what it says."""

from culpa.instrumentation.patterns import late_pattern

_COLOUR = late_pattern(r"\x1b\[[\d;]{0,10}m")


def without_colours(text: str) -> str:
    """Return a text without its colours."""
    return _COLOUR.sub("", text) if "\x1b" in text else text
