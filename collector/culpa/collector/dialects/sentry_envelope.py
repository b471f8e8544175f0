"""What a Sentry SDK sends: envelopes of items, each with a header of its own.

A transaction is the span of a request, with the spans below it. An error tells an exception of one: a log record where
the transaction comes as well, else, without tracing or where the trace was not sampled, the request's span itself. What
happened before it (breadcrumbs) are log records. Newer SDKs stream spans and logs instead of transactions.
Source: Sentry, "Envelopes", "Event Payloads", "Trace Header".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from culpa.collector.dialects.dialect import Piece, Unreadable, Value
from culpa.collector.dialects.sentry import crumbs_of, record_of, root_of, spans_of
from culpa.collector.dialects.sentry_stream import STREAMED, streamed
from culpa.collector.dialects.shape import is_object, table, text
from culpa.collector.dialects.span import Record, Span, pieces_of

#: Items of one envelope that are looked at; an SDK sends a handful.
_MOST_ITEMS = 100
Told = TypeVar("Told", Span, Record, Span | Record)
_TOLD = ("event", "transaction", "error", "default")


@dataclass(frozen=True)
class Envelope:
    """What an envelope held: its id, groups of OTLP, and how many items of each kind are not kept."""

    event_id: str
    pieces: list[Piece]
    left_out: dict[str, int] = field(default_factory=dict[str, int])


def read_envelope(body: bytes, project: str) -> Envelope:
    """Return what an envelope holds for a project of the DSN. Errors: Unreadable."""
    line, _, rest = body.partition(b"\n")
    header = _object(line, "the envelope's header")
    is_traced = text(table(header, "trace").get("sampled")).lower() == "true"
    found: list[Span | Record] = []
    left_out: dict[str, int] = {}
    event_id = text(header.get("event_id"))
    for kind, payload in _items(rest):
        if kind in _TOLD:
            event = _object(payload, f"an item {kind}")
            event_id = event_id or text(event.get("event_id"))
            found += _told(event, project, is_traced=is_traced)
        elif kind in STREAMED:
            found += (_named(one, project) for one in streamed(kind, _object(payload, f"an item {kind}")))
        else:
            left_out[kind] = left_out.get(kind, 0) + 1
    return Envelope(event_id, list(pieces_of(found)), left_out)


def read_event(body: bytes, project: str) -> Envelope:
    """Return what one event holds, as old SDKs send it to `/store/`. Errors: Unreadable."""
    event = _object(body, "the event")
    return Envelope(text(event.get("event_id")), list(pieces_of(_told(event, project, is_traced=False))))


def _items(rest: bytes) -> Iterator[tuple[str, bytes]]:
    for _ in range(_MOST_ITEMS):
        rest = rest.lstrip(b"\r\n")
        if not rest:
            return
        line, _, rest = rest.partition(b"\n")
        header = _object(line, "an item's header")
        length = header.get("length")
        if isinstance(length, int) and not isinstance(length, bool) and length >= 0:
            if length > len(rest):
                raise Unreadable(f"an item says that it has {length} bytes, and {len(rest)} are left")
            payload, rest = rest[:length], rest[length:]
        else:
            payload, _, rest = rest.partition(b"\n")
        yield text(header.get("type"))[:40] or "unnamed", payload
    raise Unreadable(f"an envelope has at most {_MOST_ITEMS} items")


def _object(given: bytes, what: str) -> dict[str, Value]:
    try:
        value: Value = msgspec.json.decode(given)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Unreadable(f"{what} is no JSON ({error})") from None
    if not is_object(value):
        raise Unreadable(f"{what} is no JSON object")
    return value


def _named(one: Told, project: str) -> Told:
    """Let the project name the service where nothing else does."""
    one.resource = {"service.name": f"sentry-project-{project}"} | dict(one.resource)
    return one


def _told(event: dict[str, Value], project: str, *, is_traced: bool) -> Iterator[Span | Record]:
    root = _named(root_of(event), project)
    if event.get("type") == "transaction":
        yield from spans_of(event, root)
        return
    # Without a transaction nothing else tells that there was a request.
    if is_traced or root.kind != 2 or not root.events:
        yield record_of(event, root)
    else:
        yield root
    yield from crumbs_of(event, root)
