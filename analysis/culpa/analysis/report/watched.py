"""The screen of `culpa watch`: what is behind the failed requests now, and the newest of them, in one window."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.text import Text

from culpa.analysis.plain import flowing, visible
from culpa.analysis.report.problems import short_problems
from culpa.analysis.report.verdicts import short_verdicts

#: Fewer rows of a list say nothing.
_LEAST_ROWS = 3
#: The line about the place, one about trouble, two headings, each with an empty line before it.
_OTHER_LINES = 6

Row = Mapping[str, Any]


def watched_screen(
    console: Console, where: str, looked_at: datetime, trouble: str, problems: Sequence[Row], verdicts: Sequence[Row]
) -> RenderableType:
    """Return what fits into the terminal; `trouble` is why what is shown may be old, '' where it is not."""
    room = max(2 * _LEAST_ROWS, console.height - _OTHER_LINES)
    of_problems = min(len(problems), max(_LEAST_ROWS, room // 2, room - len(verdicts)))
    parts: list[RenderableType] = [_head(where, looked_at), Text(flowing(trouble), "bold red", no_wrap=True)]
    parts += [_heading("Problems", len(problems), of_problems)]
    parts += [short_problems(problems[:of_problems], console.width), Text("")] if problems else [Text("none", "dim")]
    of_verdicts = max(_LEAST_ROWS, room - max(1, of_problems))
    parts += [_heading("Newest failed requests", len(verdicts), of_verdicts)]
    parts += [short_verdicts(verdicts[:of_verdicts])] if verdicts else [Text("none", "dim")]
    return Group(*parts)


def _head(where: str, looked_at: datetime) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append("q ends  ", "dim").append(f"{looked_at:%H:%M:%S} UTC  ").append(visible(where), "bold")
    return text


def _heading(title: str, count: int, shown: int) -> Text:
    more = f"  {shown} of {count}" if count > shown else ""
    return Text.assemble((title, "bold cyan"), (more, "dim"))
