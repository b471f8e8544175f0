"""Zipkin's JSON, version 1 (annotations) and 2 (kinds), one trace or many.

Source: Zipkin's `zipkin2-api.yaml` and `zipkin-api.yaml` (times in µs); OpenTelemetry's "OpenTelemetry to Zipkin
Transformation" for events (`"name": {…}`, and the collector's `name|{…}|0`).
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from hashlib import md5
from typing import Any, NamedTuple

import msgspec

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Value
from culpa.collector.dialects.shape import known, rows, table, text
from culpa.collector.dialects.span import Event, Span, kind_of, pieces_of, status_of
from culpa.collector.dialects.times import counted
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import names_by_any_name, names_by_port

_BEGIN = late_pattern(rb"\s*(?:\[\s*){0,2}\{")
_KEYS = (late_pattern(rb'"traceId"\s*:\s*"[0-9a-fA-F]{1,32}"'), late_pattern(rb'"id"\s*:\s*"[0-9a-fA-F]{1,16}"'))
_OWN = late_pattern(rb'"(?:localEndpoint|binaryAnnotations|annotations|remoteEndpoint)"\s*:')
_US = 1_000
#: Annotations of version 1 that tell the kind of a span.
_CORE = {"cs": "CLIENT", "cr": "CLIENT", "sr": "SERVER", "ss": "SERVER", "ms": "PRODUCER", "mr": "CONSUMER"}

_ADDRESSES = ("sa", "ca", "ma")
_PARTS = frozenset(
    {"otel.status_code", "otel.status_description", "otel.scope.name", "otel.library.name", "w3c.tracestate"}
)
_QUOTED_EVENT = late_pattern(r'"(?P<name>[^"]{1,200})": ?(?P<fields>\{.*\})', re.DOTALL)
_PIPED_EVENT = late_pattern(r"(?P<name>[^|]{1,200})\|(?P<fields>\{.*\})\|\d{1,10}", re.DOTALL)


class _Note(NamedTuple):
    """An annotation."""

    time_ns: int
    value: str
    endpoint: dict[str, Value]


def _is_spoken(head: bytes) -> bool:
    return _BEGIN.match(head) is not None and all(key.search(head) for key in _KEYS) and _OWN.search(head) is not None


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    spans = [span for value in rows(list(values)) for span in _halves(value)]
    return pieces_of(_parted(spans))


def _parted(spans: list[Span]) -> Iterator[Span]:
    """Give the server's half of a call an id of its own, where client and server share one."""
    kinds: dict[tuple[str, str], set[int]] = {}
    for span in spans:
        kinds.setdefault((span.trace_id, span.span_id), set()).add(span.kind)
    shared = {key for key, found in kinds.items() if {2, 3} <= found}
    servers = {
        (span.trace_id, span.span_id): span.resource.get("service.name")
        for span in spans
        if span.kind == 2 and (span.trace_id, span.span_id) in shared
    }
    for span in spans:
        above = (span.trace_id, span.parent_id)
        if above in servers and servers[above] == span.resource.get("service.name"):
            span.parent_id = _servers_id(span.parent_id)
        if span.kind == 2 and (span.trace_id, span.span_id) in servers:
            span.parent_id, span.span_id = span.span_id, _servers_id(span.span_id)
        yield span


def _servers_id(shared: str) -> str:
    return md5(f"{shared}-server".encode(), usedforsecurity=False).hexdigest()[:16]


def _halves(value: dict[str, Value]) -> Iterator[Span]:
    """Yield a span; of version 1 its client's and its server's half, if it tells both."""
    notes = [
        _Note(counted(each.get("timestamp"), _US), text(each.get("value")), table(each, "endpoint"))
        for each in rows(value.get("annotations"))
    ]
    tags, peers = _tags(value)
    core = [note for note in notes if note.value in _CORE]
    kinds = dict.fromkeys(_CORE[note.value] for note in core) or {text(value.get("kind")): None}
    for kind in kinds:
        own = [note for note in core if _CORE[note.value] == kind]
        endpoint = next((note.endpoint for note in own if note.endpoint), None) or _local(value, notes)
        start, end = _times(value, own, is_only=len(kinds) == 1)
        span = _span(value, tags, kind, start, end, endpoint)
        span.attributes = _with_peer(
            tags, span.kind, peers.get("ca" if span.kind == 2 else "sa") or table(value, "remoteEndpoint")
        )
        span.events = [_event(note) for note in notes if note.value not in _CORE]
        yield span


def _times(value: dict[str, Value], own: list[_Note], *, is_only: bool) -> tuple[int, int]:
    start, duration = counted(value.get("timestamp"), _US), counted(value.get("duration"), _US)
    times = [note.time_ns for note in own if note.time_ns]
    if start and is_only:
        return start, start + duration
    if times:
        return min(times), max(times)
    return start, start + duration


def _local(value: dict[str, Value], notes: list[_Note]) -> dict[str, Value]:
    local = table(value, "localEndpoint")
    inner = [
        table(each, "endpoint") for each in rows(value.get("binaryAnnotations")) if each.get("key") not in _ADDRESSES
    ]
    empty: dict[str, Value] = {}
    return next((each for each in (local, *inner, *(note.endpoint for note in notes)) if each), empty)


def _tags(value: dict[str, Value]) -> tuple[dict[str, Value], dict[str, dict[str, Value]]]:
    """Return the tags, and the endpoints of version 1 that tell an address."""
    tags, peers = dict(table(value, "tags")), dict[str, dict[str, Value]]()
    for each in rows(value.get("binaryAnnotations")):
        key = text(each.get("key"))
        if key in _ADDRESSES:
            peers[key] = table(each, "endpoint")
        else:
            tags[key] = each.get("value")
    return tags, peers


def _span(
    value: dict[str, Value], tags: dict[str, Value], kind: str, start: int, end: int, endpoint: dict[str, Value]
) -> Span:
    error = text(tags.get("error"))
    status = status_of(tags.get("otel.status_code"))
    failed = status or (2 if "error" in tags and error != "false" else 0)
    words = text(tags.get("otel.status_description")) or ("" if error in ("true", "false") else error)
    return Span(
        ids.trace_id(value.get("traceId")),
        ids.span_id(value.get("id")),
        text(value.get("name")),
        start,
        end,
        parent_id=ids.span_id(value.get("parentId")),
        kind=kind_of(kind),
        status=failed,
        message=words if failed == 2 else "",
        trace_state=text(tags.get("w3c.tracestate")),
        scope=text(tags.get("otel.scope.name") or tags.get("otel.library.name")),
        resource=known({"service.name": text(endpoint.get("serviceName"))}),
    )


def _with_peer(tags: dict[str, Value], kind: int, peer: dict[str, Value]) -> dict[str, Value]:
    """Return the attributes, with what the other end's endpoint tells of it."""
    attributes = {key: value for key, value in tags.items() if key not in _PARTS}
    address = text(peer.get("ipv4") or peer.get("ipv6"))
    side = "client" if kind == 2 else "server"
    is_addressed = attributes.keys() & {"server.address", "net.peer.name", "peer.address", "net.peer.ip"}
    peer_fields: dict[str, Value] = {"peer.service": text(peer.get("serviceName")) if kind != 2 else ""}
    if not is_addressed:
        peer_fields |= {f"{side}.address": address, f"{side}.port": peer.get("port")}
    return known(peer_fields | _of_database(attributes, peer)) | attributes


def _of_database(attributes: dict[str, Value], peer: dict[str, Value]) -> dict[str, Value]:
    """Return system and statement of a query as Brave's JDBC writes it: only the other end tells whose it is."""
    statement = text(attributes.get("sql.query"))
    if not statement or attributes.keys() & {"db.system", "db.system.name"}:
        return {}
    name, port = text(peer.get("serviceName")).lower(), peer.get("port")
    named = next((system for known_name, system in names_by_any_name().items() if name.startswith(known_name)), "")
    system = named or names_by_port().get(port if isinstance(port, int) else 0, "")
    return {"db.system.name": system or "other_sql", "db.query.text": statement}


def _event(note: _Note) -> Event:
    found = _QUOTED_EVENT.fullmatch(note.value) or _PIPED_EVENT.fullmatch(note.value)
    if found:
        with suppress(msgspec.MsgspecError, RecursionError):
            return Event(found["name"], note.time_ns, msgspec.json.decode(found["fields"], type=dict[str, Any]))
    return Event(note.value, note.time_ns, {})


ZIPKIN = Dialect("Zipkin", _is_spoken, _pieces)
