"""The fields of a line in a format that is data: matched by a pattern, or taken from the keys of an object."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import cast

import msgspec

from culpa.collector.formats._declared_patterns import compiled
from culpa.collector.formats._extent import SHORT_LINE
from culpa.collector.formats._format import Unreadable
from culpa.collector.formats._values import json_object
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import DeclaredFormat

Fields = Mapping[str, object]
_NOTHING: Fields = {}

#: `key=value` and `key="a \"quoted\" value"`, as logfmt has them; what stands bare between them is no pair.
_PAIR = late_pattern(
    r'(?<![^\s])(?P<key>[A-Za-z_@][\w.@/-]{0,80})=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]*))(?![^\s])'
)
_KEY = late_pattern(r'"([^"\\]{1,80})"\s*:')
_ESCAPED = late_pattern(r"\\(.)", re.DOTALL)
_CONTROL = {"n": "\n", "t": "\t", "r": "\r"}
#: Of a line that was cut, one of the keys that tell a format may be missing, but so many are there.
_ENOUGH = 2


class FieldsOfLine:
    """Reads lines by a pattern whose named groups are the fields."""

    def __init__(self, declared: DeclaredFormat) -> None:
        """Compile the patterns, which were proven to be linear."""
        self._patterns = [compiled(pattern) for pattern in declared.patterns]

    def claims(self, line: str) -> bool:
        """Say whether a line, or as much of its beginning as is looked at, is one of the format."""
        return any(pattern.match(line) for pattern in self._patterns)

    def of(self, line: str) -> Fields | None:
        """Return the fields of a line, None for one of another format."""
        for pattern in self._patterns:
            if found := pattern.match(line):
                rest = line[found.end() :]
                fields = {field: value for field, value in found.groupdict().items() if value is not None}
                return {**fields, "message": fields["message"] + rest} if rest and "message" in fields else fields
        return None

    def attributes(self, _line: str) -> Fields:
        """Return what else of a line is kept: of a pattern its fields are all."""
        return _NOTHING


class FieldsOfObject:
    """Reads lines that are JSON objects, or `key=value` pairs."""

    def __init__(self, declared: DeclaredFormat) -> None:
        """Begin with an entry that has keys."""
        self._declared = declared
        self._objects = _json_of if declared.kind == "json" else _pairs_of

    def claims(self, line: str) -> bool:
        """Say whether a line, or as much of its beginning as is looked at, is one of the format."""
        fields = self._objects(line)
        if fields is not None:
            return self._is_ours(fields)
        return len(line) >= SHORT_LINE and self._declared.kind == "json" and self._claims_beginning(line)

    def of(self, line: str) -> Fields | None:
        """Return the fields of a line, None for one of another format."""
        fields = self._objects(line)
        if fields is None or not self._is_ours(fields):
            return None
        found: dict[str, object] = {}
        for field, keys in self._declared.keys.items():
            value = next((value for key in keys if (value := value_at(fields, key)) not in (None, "")), None)
            if value is not None:
                found[field] = value
        return found

    def attributes(self, line: str) -> Fields:
        """Return what else of a line is kept, by the name of the attribute."""
        fields = self._objects(line) if self._declared.attributes else None
        if fields is None:
            return _NOTHING
        return {name: value_at(fields, key) for name, key in self._declared.attributes.items()}

    def _is_ours(self, fields: Fields) -> bool:
        return all(any(value_at(fields, key) is not None for key in keys) for keys in self._declared.has) and all(
            str(value_at(fields, key)) in values for key, values in self._declared.where.items()
        )

    def _claims_beginning(self, line: str) -> bool:
        if not line.startswith("{"):
            return False
        seen = set(_KEY.findall(line))
        known = [any(key.split(".")[0] in seen or key in seen for key in keys) for keys in self._declared.has]
        return sum(known) >= min(len(known), max(_ENOUGH, len(known) - 1)) and not any(
            key not in seen for key in self._declared.where
        )


def fields_of(declared: DeclaredFormat) -> FieldsOfLine | FieldsOfObject:
    """Return what reads the fields of an entry's lines."""
    return FieldsOfLine(declared) if declared.kind == "lines" else FieldsOfObject(declared)


def is_open(line: str) -> bool:
    """Say whether a line of `key=value` pairs ends within a quoted value, which goes on in the next line."""
    return line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 1


def value_at(fields: object, key: str) -> object:
    """Return the value of a key, or of one that lies in it: `err.stack`, `tags.0`; None where there is none."""
    if not isinstance(fields, dict):
        return None
    held = cast("dict[str, object]", fields)
    if key in held:
        return held[key]
    head, dot, rest = key.partition(".")
    inner: object = _first_of(held.get(head))
    if rest == "0" and isinstance(inner, str):
        return inner
    return value_at(inner, rest) if dot else None


def _first_of(value: object) -> object:
    """Return the value, the first of a list."""
    return next(iter(cast("list[object]", value)), None) if isinstance(value, list) else value


def _json_of(line: str) -> dict[str, object] | None:
    if not line.startswith("{"):
        return None
    return _decoded(line) if len(line) <= SHORT_LINE else _decoded.__wrapped__(line)


@lru_cache(maxsize=16)  # each format that is data asks about the same line
def _decoded(line: str) -> dict[str, object] | None:
    try:
        return json_object(line)
    except (Unreadable, msgspec.MsgspecError):
        return None


def _pairs_of(line: str) -> dict[str, object] | None:
    if "=" not in line:
        return None
    return _paired(line) if len(line) <= SHORT_LINE else _paired.__wrapped__(line)


@lru_cache(maxsize=16)
def _paired(line: str) -> dict[str, object] | None:
    found: dict[str, object] = {}
    for pair in _PAIR.finditer(line):
        quoted = pair["quoted"]
        value = pair["bare"] if quoted is None else _unescaped(quoted)
        found.setdefault(pair["key"], value)
    return found or None


def _unescaped(value: str) -> str:
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda sign: _CONTROL.get(sign[1], sign[1]), value)
