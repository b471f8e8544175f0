"""Take a body of OTLP apart into its items and put it together again, without reading the items themselves.

Both encodings have the same three levels: groups of a resource, in each of them groups of a scope, in those the items
(spans, log records, metrics, profiles). What surrounds the items of a group is its head.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import msgspec

from culpa.collector.decode.errors import Malformed

#: The names of the three levels in JSON, by signal.
LEVELS = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
    "metrics": ("resourceMetrics", "scopeMetrics", "metrics"),
    "profiles": ("resourceProfiles", "scopeProfiles", "profiles"),
}
#: Field numbers in protobuf, the same for all signals: groups in a body, scopes in a group, items in a scope.
_GROUPS, _SCOPES, _ITEMS = 1, 2, 2
_LEN, _FIXED = 2, {1: 8, 5: 4}
_VARINT = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One item, and the heads of the groups that it lies in; `group` and `scope` count groups."""

    group: int
    scope: int
    group_head: bytes
    scope_head: bytes
    content: bytes


Pack = Callable[[Sequence[Item]], bytes]


def items_of(signal: str, body: bytes, *, is_json: bool) -> list[Item]:
    """Return the items of a body. Errors: Malformed if what is around them is broken."""
    return list(_json_items(signal, body) if is_json else _wire_items(body))


def body_of(signal: str, items: Sequence[Item], *, is_json: bool) -> bytes:
    """Return a body of these items, in their order."""
    return _json_body(signal, items) if is_json else _wire_body(items)


def _grouped(items: Sequence[Item]) -> Iterator[tuple[Item, list[tuple[Item, list[Item]]]]]:
    for _, group in groupby(items, key=lambda item: item.group):
        scopes = [list(scoped) for _, scoped in groupby(group, key=lambda item: item.scope)]
        yield scopes[0][0], [(scoped[0], scoped) for scoped in scopes]


# --- protobuf


def fields_of(data: memoryview) -> Iterator[tuple[int, int, memoryview, memoryview]]:
    """Yield number, wire type, value and the whole of each field. Errors: Malformed."""
    at, size = 0, len(data)
    while at < size:
        start = at
        tag, at = _varint(data, at)
        kind = tag & 7
        value_at = at
        if kind == _VARINT:
            _, at = _varint(data, at)
        elif kind == _LEN:
            length, value_at = _varint(data, at)
            at = value_at + length
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            raise Malformed(f"cannot decode the body as OTLP protobuf (wire type {kind}); check the sender's encoding")
        if at > size or not tag >> 3:
            raise Malformed("cannot decode the body as OTLP protobuf (bad length); check the sender's encoding")
        yield tag >> 3, kind, data[value_at:at], data[start:at]


def field(number: int, content: bytes) -> bytes:
    """Return a length-delimited field."""
    return _varint_of(number << 3 | _LEN) + _varint_of(len(content)) + content


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Malformed("cannot decode the body as OTLP protobuf (bad number); check the sender's encoding")


def _varint_of(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _split(data: memoryview, number: int) -> tuple[bytes, list[memoryview]]:
    """Return a message without the members of one field, and those members."""
    head, members = bytearray(), list[memoryview]()
    for found, kind, value, whole in fields_of(data):
        if found == number and kind == _LEN:
            members.append(value)
        else:
            head += whole
    return bytes(head), members


def _wire_items(body: bytes) -> Iterator[Item]:
    scope = 0
    for number, group in enumerate(_split(memoryview(body), _GROUPS)[1]):
        group_head, scopes = _split(group, _SCOPES)
        for scoped in scopes:
            scope += 1
            scope_head, items = _split(scoped, _ITEMS)
            for item in items:
                yield Item(number, scope, group_head, scope_head, bytes(item))


def _wire_body(items: Sequence[Item]) -> bytes:
    body = bytearray()
    for group, scopes in _grouped(items):
        inner = bytearray(group.group_head)
        for scope, members in scopes:
            inner += field(_SCOPES, scope.scope_head + b"".join(field(_ITEMS, item.content) for item in members))
        body += field(_GROUPS, bytes(inner))
    return bytes(body)


# --- JSON

_Raw = dict[str, msgspec.Raw]


def _json_items(signal: str, body: bytes) -> Iterator[Item]:
    groups, scopes, items = LEVELS[signal]
    try:
        scope = 0
        for number, group in enumerate(_members(msgspec.json.decode(body, type=_Raw), groups)):
            inner = _members(group, scopes)
            for scoped in inner:
                scope += 1
                found = _raws(scoped, items)
                heads = _object(group), _object(scoped)
                for item in found:
                    yield Item(number, scope, *heads, bytes(item))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(f"cannot decode the body as OTLP JSON ({error}); check the sender's encoding") from None


def _members(of: _Raw, name: str) -> list[_Raw]:
    """Take the objects of a list out of an object."""
    raw = of.pop(name, None)
    return (msgspec.json.decode(raw, type=list[_Raw] | None) or []) if raw is not None else []


def _raws(of: _Raw, name: str) -> list[msgspec.Raw]:
    raw = of.pop(name, None)
    return (msgspec.json.decode(raw, type=list[msgspec.Raw] | None) or []) if raw is not None else []


def _object(of: _Raw) -> bytes:
    return msgspec.json.encode(of)


def _json_body(signal: str, items: Sequence[Item]) -> bytes:
    groups, scopes, name = LEVELS[signal]
    made: list[bytes] = []
    for group, inner in _grouped(items):
        scoped = [_with(scope.scope_head, name, [item.content for item in members]) for scope, members in inner]
        made.append(_with(group.group_head, scopes, scoped))
    return _with(b"{}", groups, made)


def _with(head: bytes, name: str, members: Sequence[bytes]) -> bytes:
    """Return an object with one more member, a list."""
    comma = b"," if head != b"{}" else b""
    return head[:-1] + comma + b'"' + name.encode() + b'":[' + b",".join(members) + b"]}"
