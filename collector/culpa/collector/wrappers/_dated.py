"""A time before each line, whatever the line is: files of pm2, exports of CloudWatch, `gcloud run … logs read`.

Most programs begin their own lines with a time too. What tells the two apart is that a program dates its records, not
the lines that go on with one, and that nobody dates a line twice.
"""

import re
from collections.abc import Sequence
from functools import partial

from culpa.collector.formats import Wrapping
from culpa.collector.wrappers._pieces import PieceLayer
from culpa.collector.wrappers._wrapping import Taken, Wrapper
from culpa.instrumentation.patterns import late_pattern

_DATED = late_pattern(
    rb"(?P<time>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)"
    rb"(?:: | |$)(?P<words>.*)",
    re.DOTALL,
)
#: Words that no program puts behind a time of its own: the rest of a stack, another time, JSON, uvicorn's levels.
_UNDATED = late_pattern(
    rb'\s+(?:File "|at [\w.$<]|\^|~|\.\.\. \d+ more)|Traceback \(most recent|Caused by: '
    rb"|\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d|\S{1,60} \S{1,60} \S{1,60} \[\d\d/[A-Z][a-z]{2}/\d{4}:"
    rb'|[DIWEF], \[\d{4}|\[ [CEWNID] \d{4}-|\{"|(?:INFO:     |ERROR:    |WARNING:  |CRITICAL: )\S'
)


def stands_alone(words: bytes) -> bool:
    """Say whether no program would have put a time, or its own name, before these words."""
    return _UNDATED.match(words) is not None


def _taken(pattern: re.Pattern[bytes], line: bytes) -> Taken | None:
    found = pattern.match(line)
    return Taken(found["words"], Wrapping(found["time"].decode())) if found else None


#: Rancher's page and Kitematic put an American time before each line, and nothing between both; others the stream.
_AMERICAN = late_pattern(
    rb"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}),? (?P<hour>\d{1,2})(?P<rest>:\d\d:\d\d) "
    rb"(?P<half>[AP])M(?: (?:STDOUT|STDERR)(?: |$))?(?P<words>.*)",
    re.DOTALL,
)


def _from_american(line: bytes) -> Taken | None:
    found = _AMERICAN.match(line)
    if not found:
        return None
    hour = int(found["hour"]) % 12 + (12 if found["half"] == b"P" else 0)
    day = f"{found['year'].decode()}-{int(found['month']):02d}-{int(found['day']):02d}"
    return Taken(found["words"], Wrapping(f"{day}T{hour:02d}{found['rest'].decode()}"))


def _is_glued(lines: Sequence[bytes]) -> bool:
    return any((found := _AMERICAN.match(line)) and found["words"][:1].strip() for line in lines)


AMERICAN = Wrapper(
    "American dates",
    lambda line: _AMERICAN.match(line) is not None,
    partial(PieceLayer, _from_american),
    ("4/6/2026 5:50:01 PMINFO: ok", "INFO: ok"),
    _is_glued,
)


def _is_proven(lines: Sequence[bytes]) -> bool:
    return any((found := _DATED.match(line)) and stands_alone(found["words"]) for line in lines)


DATED = Wrapper(
    "dates",
    lambda line: _DATED.match(line) is not None,
    partial(PieceLayer, partial(_taken, _DATED)),
    ("2026-05-01T10:00:00.123Z INFO:     ok", "INFO:     ok"),
    _is_proven,
)

#: TrueNAS does so with a time of its own.
_STUCK = late_pattern(
    rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d)(?P<words>.*)",
    re.DOTALL,
)


def _is_stuck(lines: Sequence[bytes]) -> bool:
    return any((found := _STUCK.match(line)) and found["words"][:1].strip(b" ,") for line in lines)


STUCK = Wrapper(
    "glued times",
    lambda line: _STUCK.match(line) is not None,
    partial(PieceLayer, partial(_taken, _STUCK)),
    ("2026-05-01 10:00:00.123456+00:00INFO: ok", "INFO: ok"),
    _is_stuck,
)
