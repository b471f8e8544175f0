"""Log formats that are data: an entry of a TOML file each, ours in `log_formats/` and those of a user's own folder."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

VARIABLE = "CULPA_FORMATS"

#: What a field of a line may mean; docs/own-formats.md says more of each.
FIELDS = (
    *("time", "level", "message", "logger", "thread", "process", "service", "host", "code"),
    *("exception_type", "exception_message", "stack"),
    *("trace_id", "span_id", "parent_span_id", "request_id", "connection"),
    *("request", "method", "target", "path", "query", "status", "duration", "client", "scheme", "bytes", "user_agent"),
    *("upstream", "upstream_name", "upstream_status", "upstream_duration", "upstream_connect", "upstream_header"),
    "handler",
)
#: What a number stands for that tells how long something took; `text` has its unit with it (`12ms`, `1.5s`).
UNITS = ("s", "ms", "us", "ns", "text")
KINDS = ("lines", "json", "pairs")
_TEXTS = ("name", "system", "language", "facts", "service", "continued", "duration_unit", "time_is", "source")
_LISTS = ("patterns", "has", "times", "near", "handlers")
_TABLES = ("json", "pairs", "where", "attributes", "levels", "events")
_KEYS = {*_TEXTS, *_LISTS, *_TABLES, "pattern", "access", "last", "alone", "samples"}
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_KEY_LINE = re.compile(r"(?P<key>[A-Za-z_]{1,40}) *=|\[ *format *\. *(?P<table>\w{1,40}) *\]")
_ENTRY = re.compile(r"\[\[\s*format\s*\]\]\s*(?:#.*)?$")


class BadFormat(ValueError):
    """An entry of a file of formats cannot be used; the text says where, why, and what to write instead."""


@dataclass(frozen=True, slots=True, eq=False)
class FormatSample:
    """A real line, with those that continue it, and what must be read of it by field."""

    line: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, and can be looked up by that
class DeclaredFormat:
    """One entry. Of `patterns` and `keys` one is empty: a line is matched, or it is an object, or `key=value` pairs."""

    name: str
    kind: str  # one of KINDS
    patterns: tuple[str, ...]  # the named groups are FIELDS
    keys: Mapping[str, tuple[str, ...]]  # by field the keys that may hold it, the first that does is taken
    has: tuple[tuple[str, ...], ...]  # of each of these groups of keys a line has one
    where: Mapping[str, tuple[str, ...]]  # by key the values that it may have
    attributes: Mapping[str, str]  # by name the key that holds it
    times: tuple[str, ...]  # how times are written: iso, s, ms, us, ns, clock, or a form of strptime
    levels: Mapping[str, str]  # by the word or number of the log the word that everybody knows
    events: Mapping[
        str, str
    ]  # by a record's meaning the pattern that its message begins with; groups: pid, name, signal
    handlers: frozenset[str]  # loggers of which each error is a request that failed; `*Name`: all whose name ends so
    duration_unit: str
    continued: str  # what a line looks like that goes on with the one before; '' if none does
    is_access: bool
    time_is_begin: bool
    is_alone: bool  # only for a stream in which nothing else is found: it knows no more than a time and a level
    is_last: bool  # asked when all others were: it would take their lines
    service: str
    system: str
    language: str
    facts: frozenset[str]
    samples: tuple[FormatSample, ...]
    near: tuple[str, ...]
    source: str
    is_own: bool
    where_from: str  # file and line
    lines_of: Mapping[str, int]  # by key of the entry its line in the file

    def is_handler(self, logger: str) -> bool:
        """Say whether each error of a logger is a request that failed."""
        return logger in self.handlers or any(
            each[0] == "*" and logger.endswith(each[1:]) for each in self.handlers if logger
        )

    def at(self, key: str) -> str:
        """Return file and line of a key, for a message."""
        return _place(self.where_from.rpartition(":")[0], self.lines_of.get(key) or self.lines_of[""])


def own_formats() -> Path | None:
    """Return the user's folder of formats, None where none is named."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else None


def declared_formats() -> tuple[DeclaredFormat, ...]:
    """Return every format that is data: the user's own first, those that would take others' lines last.

    Errors: BadFormat.
    """
    return _all(own_formats())


@cache
def _all(folder: Path | None) -> tuple[DeclaredFormat, ...]:
    found = [*(_own(folder) if folder else ()), *_ours()]
    named: dict[str, DeclaredFormat] = {}
    for one in found:
        if other := named.get(one.name):
            raise BadFormat(f"{one.where_from}: {one.name!r} is the name of the format at {other.where_from}, too")
        named[one.name] = one
    return tuple(sorted(found, key=lambda one: (not one.is_own, one.is_last, one.is_alone)))


@cache
def _ours() -> tuple[DeclaredFormat, ...]:
    found: list[DeclaredFormat] = []
    for entry in sorted((files("culpa.knowledge") / "log_formats").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            found += read_formats(entry.name, entry.read_text("utf-8"))
    return tuple(found)


def _own(folder: Path) -> Iterator[DeclaredFormat]:
    if not folder.is_dir():
        raise BadFormat(f"there is no folder {folder}; name one that holds your formats, or leave it out")
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadFormat(f"{path}: cannot be read: {error}") from error
        yield from read_formats(str(path), text, is_own=True)


def read_formats(name: str, text: str, *, is_own: bool = False) -> list[DeclaredFormat]:
    """Return the entries of a file's text. Errors: BadFormat."""
    try:
        entries: list[dict[str, Any]] = tomllib.loads(text).get("format", [])
    except tomllib.TOMLDecodeError as error:
        raise BadFormat(f"{name}: is no TOML: {error}; write an entry as [[format]] and key = 'text' lines") from error
    if not entries:
        raise BadFormat(f"{name}:1: there is no entry; begin one with a line [[format]]")
    starts = [number for number, line in enumerate(text.splitlines(), 1) if _ENTRY.match(line)]
    starts += [1] * (len(entries) - len(starts))
    return [
        _Entry(name, entry, _lines_of(text, starts[at], starts[at + 1 : at + 2]), is_own).read()
        for at, entry in enumerate(entries)
    ]


def _lines_of(text: str, start: int, following: list[int]) -> dict[str, int]:
    """Return the line of each key of an entry, and under '' that of its heading."""
    found, in_table = {"": start}, False
    for number, line in enumerate(text.splitlines()[start : following[0] - 1 if following else None], start + 1):
        if (key := _KEY_LINE.match(line)) and not (key["table"] is None and in_table):
            found.setdefault(key["table"] or key["key"], number)
        in_table = in_table or line.startswith("[")
    return found


def _place(name: str, number: int) -> str:
    return f"{name}:{number}"


class _Entry:
    """One entry of a file while it is checked."""

    def __init__(self, name: str, entry: Mapping[str, Any], lines: dict[str, int], is_own: bool) -> None:
        self._name = name
        self._entry = entry
        self._lines = lines
        self._is_own = is_own

    def read(self) -> DeclaredFormat:
        entry = self._entry
        for key in entry:
            if key not in _KEYS:
                raise self._bad(key, f"{key!r} is no key of a format; use one of {', '.join(sorted(_KEYS))}")
        name = self._text("name")
        if not _NAME.fullmatch(name):
            raise self._bad("name", f"{name!r} is no name; write small letters, figures and _, such as my_app")
        kind = self._kind()
        keys = self._keys(kind) if kind != "lines" else {}
        unit = self._text("duration_unit", "s")
        if unit not in UNITS:
            raise self._bad("duration_unit", f"{unit!r} is no unit; use one of {', '.join(UNITS)}")
        if self._text("time_is", "end") not in ("begin", "end"):
            raise self._bad("time_is", "a request's time is its 'begin' or its 'end'")
        return DeclaredFormat(
            name=name,
            kind=kind,
            patterns=self._patterns() if kind == "lines" else (),
            keys=keys,
            has=tuple(tuple(one.split("|")) for one in self._list("has")) or tuple(map(tuple, keys.values())),
            where={key: self._texts("where", value) for key, value in self._table("where").items()},
            attributes=self._table("attributes"),
            times=self._list("times") or ("iso",),
            levels={str(key).lower(): str(value) for key, value in self._table("levels").items()},
            events={str(key): str(value) for key, value in self._table("events").items()},
            handlers=frozenset(self._list("handlers")),
            duration_unit=unit,
            continued=self._text("continued"),
            is_access=self._switch("access"),
            time_is_begin=self._text("time_is") == "begin",
            is_alone=self._switch("alone"),
            is_last=self._switch("last"),
            service=self._text("service"),
            system=self._text("system"),
            language=self._text("language"),
            facts=frozenset(self._text("facts").split()),
            samples=self._samples(),
            near=self._list("near"),
            source=self._text("source"),
            is_own=self._is_own,
            where_from=_place(self._name, self._lines[""]),
            lines_of=self._lines,
        )

    def _kind(self) -> str:
        kinds = [kind for kind in ("json", "pairs") if kind in self._entry]
        if "pattern" in self._entry or "patterns" in self._entry:
            kinds.append("lines")
        if len(kinds) != 1:
            raise self._bad("name", "a format has one of pattern (or patterns), json and pairs")
        return kinds[0]

    def _patterns(self) -> tuple[str, ...]:
        one = self._text("pattern")
        return (one,) if one else self._list("patterns")

    def _keys(self, kind: str) -> dict[str, tuple[str, ...]]:
        found = {field: self._texts(kind, value) for field, value in self._table(kind).items()}
        for field in found:
            self._check_field(kind, field)
        if not found:
            raise self._bad(kind, f"{kind} says which key holds what; write time = 'ts', message = 'msg'")
        return found

    def _samples(self) -> tuple[FormatSample, ...]:
        given = self._entry.get("samples", [])
        if not isinstance(given, list) or not given:
            raise self._bad(
                "samples", "a format has samples = [{ line = '…', message = '…' }]: real lines are its test"
            )
        found: list[FormatSample] = []
        for one in given:  # pyright: ignore[reportUnknownVariableType]  # TOML of any kind
            if not isinstance(one, dict) or not isinstance(one.get("line"), str) or len(one) < 2:  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]  # as above
                raise self._bad("samples", "a sample is { line = '…', message = '…' } with what must be read of it")
            fields = {str(key): str(value) for key, value in one.items() if key != "line"}  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType,reportUnknownMemberType]  # as above
            for field in fields:
                if not field.startswith("attributes."):
                    self._check_field("samples", field)
            found.append(FormatSample(str(one["line"]), fields))  # pyright: ignore[reportUnknownArgumentType]  # as above
        return tuple(found)

    def _check_field(self, key: str, field: str) -> None:
        if field not in FIELDS:
            raise self._bad(key, f"{field!r} is no field; use one of {', '.join(FIELDS)}")

    def _text(self, key: str, otherwise: str = "") -> str:
        value = self._entry.get(key, otherwise)
        if not isinstance(value, str):
            raise self._bad(key, f"{key} is a text; write {key} = '…'")
        return value

    def _switch(self, key: str) -> bool:
        value = self._entry.get(key, False)
        if not isinstance(value, bool):
            raise self._bad(key, f"{key} is true or false")
        return value

    def _list(self, key: str) -> tuple[str, ...]:
        return self._texts(key, self._entry.get(key, []))

    def _texts(self, key: str, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return (value,)
        items: list[object] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]  # as above
        if not all(isinstance(one, str) for one in items):
            raise self._bad(key, f"{key} holds texts; write ['…', '…']")
        return tuple(map(str, items))

    def _table(self, key: str) -> dict[str, Any]:
        value = self._entry.get(key, {})
        if not isinstance(value, dict):
            raise self._bad(key, f"{key} is a table; write {key} = {{ name = '…' }}")
        return value  # pyright: ignore[reportUnknownVariableType]  # as above

    def _bad(self, key: str, reason: str) -> BadFormat:
        return BadFormat(f"{_place(self._name, self._lines.get(key) or self._lines[''])}: {reason}")
