"""Elixir: `(app version) lib/file.ex:12: Module.function/2`, innermost first, `** (Type) message` before it.

Before 1.9 the app stands without its version.
"""

import re

from culpa.collector.exceptions.stacktrace.raised import Frame, Raised, make_frame
from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(
    r"^[^\S\n]*(?:\((?P<app>[a-z]\w*)(?: [^()\s]+)?\) )?(?P<file>[^\s:()]+\.(?:exs?|erl|eex|heex)):(?P<line>\d+): "
    r"(?P<function>[^\n]+)$",
    re.MULTILINE,
)
_HEAD = late_pattern(r"\*\* \((?P<type>[A-Z][\w.]*)\) (?P<message>[\s\S]*)\Z")
# Applications that a user does not write; the name in front of a frame is all that tells.
_LIBRARY = late_pattern(
    r"(?:elixir|stdlib|kernel|erts|ssl|inets|phoenix\w*|plug\w*|cowboy\w*|bandit|thousand_island|ecto\w*|db_connection|"
    r"postgrex|myxql|exqlite|absinthe\w*|tesla|finch|mint|req|hackney|httpoison|redix|jason|decimal|telemetry\w*|"
    r"opentelemetry\w*|oban|broadway|gen_stage|logger|mix|ex_unit)\Z"
)


def matches(text: str) -> bool:
    """Tell whether this is an Elixir trace."""
    return bool(_FRAME.search(text))


def read(text: str) -> list[Raised]:
    """Read the one exception of the trace."""
    found = list(_FRAME.finditer(text))
    head = _HEAD.search(text[: found[0].start()] if found else text)
    frames = tuple(_frame(match) for match in reversed(found))
    return [Raised(head["type"] if head else "", head["message"].strip() if head else "", frames)]


def _frame(match: re.Match[str]) -> Frame:
    frame = make_frame(match["file"], match["line"], match["function"])
    is_library = bool(match["app"]) and bool(_LIBRARY.match(match["app"]))
    return Frame(frame.file, frame.line, frame.function, frame.in_app and not is_library)
