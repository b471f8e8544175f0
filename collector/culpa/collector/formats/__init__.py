"""Server-log formats: lines of servers' own logs to rows of `access` and `logs`.

The folder is the registry: every module here whose name has no leading underscore holds one `FORMAT`.
A new format is one new file, or without a line of code an entry of `culpa/knowledge/log_formats/`.
Refuses to open files and to store rows.
"""

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module

from culpa.collector.formats._alone import Reading, read_alone
from culpa.collector.formats._declared import declared
from culpa.collector.formats._format import Format, Record, Row, Source, Unreadable, source_name
from culpa.collector.formats._iso_times import iso_ns
from culpa.collector.formats._mixture import Mixture, mixture_of
from culpa.collector.formats._records import FIRST_LINE, Line, LineSplitter, RecordAssembler
from culpa.collector.formats._rows import AccessRow, LogRow
from culpa.collector.formats._streams import Found, Streams
from culpa.collector.formats._tables import suspects_of, tables_of
from culpa.collector.formats._times import time_ns
from culpa.collector.formats._wrapping import BARE, Wrapping
from culpa.collector.formats._zones import year_of, zone_of

__all__ = [
    "BARE",
    "AccessRow",
    "Format",
    "Found",
    "Line",
    "LineSplitter",
    "LogRow",
    "Mixture",
    "Reading",
    "Record",
    "RecordAssembler",
    "Row",
    "Source",
    "Streams",
    "Unreadable",
    "Wrapping",
    "by_name",
    "coded",
    "declared",
    "formats",
    "iso_ns",
    "mixture",
    "read_alone",
    "recognise",
    "source_name",
    "suspects_of",
    "tables_of",
    "time_ns",
    "year_of",
    "zone_of",
]


def formats() -> dict[str, Format]:
    """Return all formats by name, in the order in which they are asked: those that are code, those that are data.

    Errors: BadFormat, where the user's own cannot be used.
    """
    return {**coded(), **declared()}


@cache
def coded() -> dict[str, Format]:
    """Return the formats that are code by name, in the order of their names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    found: dict[str, Format] = {}
    for name in names:
        known: object = import_module(f"{__name__}.{name}").FORMAT
        if not isinstance(known, Format) or known.name != name:
            raise TypeError(f"module {__name__}.{name} must hold a Format of its own name as FORMAT")
        found[name] = known
    return found


def by_name(name: str) -> Format:
    """Return the format of that name. Errors: ValueError, with the names that exist."""
    try:
        return formats()[name]
    except KeyError:
        raise ValueError(f"no server-log format {name!r}; known: {', '.join(formats())}") from None


def recognise(file_name: str, lines: Sequence[str]) -> Format | None:
    """Return the format of a file by its name and first lines, or None if it is in none that is known."""
    shown = [line[:FIRST_LINE] for line in lines]
    return next((known for known in formats().values() if known.claims(file_name, shown)), None)


def mixture(file_name: str, lines: Sequence[str]) -> Mixture | None:
    """Return the formats of a stream of which these are the first lines, or None if it is in none that is known."""
    shown = [line[:FIRST_LINE] for line in lines]
    return mixture_of(file_name, shown, list(formats().values()), recognise)
