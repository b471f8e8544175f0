"""From the lines of a file, whatever stands around them, to rows: one way for files that are recorded and that grow."""

from collections.abc import Sequence
from typing import NamedTuple

from culpa.collector.formats import Format, Found, Mixture, Row, Source, Streams, formats, mixture, read_alone
from culpa.collector.wrappers._dressing import dressed
from culpa.collector.wrappers._unwrapper import Unwrapper

#: A container may print a banner before it logs anything; a file of its own does so once and not again.
_ATTEMPTS = 50


class Outcome(NamedTuple):
    """What a record gave: its format, a row unless nothing of it is kept, and why it could not be read."""

    format: Format
    row: Row | None
    trouble: str  # '' if it was read


def streams_for(file_name: str, unwrapper: Unwrapper, wanted: Format | None = None) -> Streams:
    """Return the streams of a file, each in formats that its own first lines tell, or in `wanted`.

    In a wrapper stand the lines of more than one program: those that are another format's for sure are read in that.
    """

    def mixture_for(service: str, lines: Sequence[str]) -> Mixture | None:
        return mixture(f"{service} {file_name}" if service else file_name, lines)

    if wanted:
        others = formats().values() if unwrapper.names else ()
        return Streams(lambda _service, _lines: Mixture([wanted], others), head_lines=1)
    return Streams(mixture_for, attempts=_ATTEMPTS if unwrapper.names else 1)


def outcome_of(found: Found, source: Source) -> Outcome:
    """Read a record; one that its own format cannot read is tried in that which claims it."""
    known = found.format
    row, trouble = read_alone(known, found.record, source)
    rescuer = found.rescuer() if trouble else None
    if rescuer:
        known = rescuer
        row, trouble = read_alone(known, found.record, source)
    return Outcome(known, dressed(row, found.record.wrapping, source) if row is not None else None, trouble)
