"""The one place through which text from telemetry goes to a terminal; it lies in the room that all others may read."""

from culpa.instrumentation.plain import json_safe, visible, visible_lines

__all__ = ["flowing", "json_safe", "shortened", "visible", "visible_lines"]


def flowing(text: str) -> str:
    """Return text of several lines as one line that reads on: each line end is a blank, all else is as in `visible`.

    For what people read as words, such as an exception's message; nothing of it can be taken for a line of ours.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    return visible(" ".join(stripped for line in lines if (stripped := line.strip(" \t"))))


def shortened(text: str, chars: int) -> str:
    """Return text, cut with a mark if it has more than so many characters."""
    return text if len(text) <= chars else text[: chars - 1] + "…"
