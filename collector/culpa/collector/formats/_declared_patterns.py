"""Compile the patterns of formats that are data. A user's own is held to the proof that ours meet in the tests."""

import re

from culpa.collector.events import EVENTS
from culpa.collector.linear import finding
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import FIELDS, BadFormat, DeclaredFormat

#: Python's patterns have them, engines that are linear by nature have not.
_NOT_OF_RE2 = late_pattern(r"\(\?(?:[=!>(]|<[=!]|P=)|\\[1-9Z]|[*+?}]\+")
#: A pattern is proven part by part: a longer one would keep whoever starts the program waiting.
_MOST_CHARS = 2_000


def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern, which is asked from a line's begin on."""
    return late_pattern(pattern)


def check_patterns(entry: DeclaredFormat) -> None:
    """Refuse a pattern that is none, could cost more than a line is long, or has a group that is no field.

    Errors: BadFormat.
    """
    for pattern in entry.patterns:
        key = "pattern" if len(entry.patterns) == 1 else "patterns"
        _check(entry, key, pattern)
        for field in compiled(pattern).groupindex:
            if field not in FIELDS:
                raise BadFormat(
                    f"{entry.at(key)}: the group {field!r} of {entry.name} is no field; use one of "
                    f"{', '.join(FIELDS)}, or (?:…) for a part that is not kept"
                )
    if entry.continued:
        _check(entry, "continued", entry.continued)
    for event, pattern in entry.events.items():
        if event not in EVENTS:
            raise BadFormat(
                f"{entry.at('events')}: {event!r} is no meaning of a record; use one of {', '.join(EVENTS)}"
            )
        _check(entry, "events", pattern)


def _check(entry: DeclaredFormat, key: str, pattern: str) -> None:
    place = f"{entry.at(key)}: the pattern {pattern[:120]!r} of {entry.name}"
    if len(pattern) > _MOST_CHARS:
        raise BadFormat(f"{place} is longer than {_MOST_CHARS} characters; write two formats, or patterns = […]")
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadFormat(f"{place} is no regular expression: {error}") from error
    if found := _NOT_OF_RE2.search(pattern):
        raise BadFormat(f"{place} has {found[0]!r}; look-around, back references and possessive signs are not known")
    if problem := finding(pattern, 0, ("match",)):
        raise BadFormat(
            f"{place} could take long on some lines ({problem}); give repetitions a bound such as {{1,200}}, and let "
            "neighbours have no letter in common"
        )
