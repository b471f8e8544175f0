"""Make text from outside safe to show: nothing in it may steer a terminal, hide, or reorder what is read.

Whoever can make a request fail can also choose the text of its error message. All that a command prints of what it was
sent or has read goes through here; what is printed for programs (JSON, CSV, Arrow) keeps its meaning.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Callable
from types import TracebackType

#: What is not plain ASCII is looked at letter by letter.
_SUSPECT = re.compile(r"[^\x20-\x7e]+")
#: More marks on one letter than any language writes run over the lines above and below it.
_MARKS_ON_A_LETTER = 4
#: Letters and marks that show nothing at all, beside those that Unicode counts as controls, formats or unassigned.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")

_Info = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def visible(text: str) -> str:
    r"""Return `text` on one line with everything that is not seen as it is written out, such as `\x1b` or `\n`."""
    return _SUSPECT.sub(lambda run: _run(run.group(), _written_out), text)


def visible_lines(text: str) -> str:
    """Return text of several lines, which are ours, each of them made visible."""
    return "\n".join(visible(line) for line in text.split("\n"))


def json_safe(text: str) -> str:
    """Return JSON text with the same characters escaped as JSON escapes them; its meaning stays."""
    return _SUSPECT.sub(lambda run: _run(run.group(), _json_escape), text)


def _run(letters: str, escape: Callable[[str], str]) -> str:
    marks = 0
    out: list[str] = []
    for letter in letters:
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        is_seen = (letter.isprintable() or kind == "Zs") and letter not in _BLANK and marks <= _MARKS_ON_A_LETTER
        out.append(letter if is_seen else escape(letter))
    return "".join(out)


def _written_out(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")


def _json_escape(letter: str) -> str:
    # Line feeds stand only between values here: inside strings JSON has escaped them already.
    return letter if letter == "\n" else json.dumps(letter)[1:-1]


class VisibleFormatter(logging.Formatter):
    """Formats records for a terminal or a file of lines: what they quote stays on its line."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line of one record."""
        record.message = visible(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: _Info) -> str:
        """Return a traceback, line by line."""
        return visible_lines(super().formatException(ei))
