"""Spans and logs that a Sentry SDK streams, many in one item of an envelope, with attributes named as OpenTelemetry's.

Source: Sentry's "Span Protocol" and "Logs": `…vnd.sentry.items.span.v2+json` and `…log+json`; @sentry/node 11.
"""

from collections.abc import Callable, Iterator

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Value
from culpa.collector.dialects.sentry import LEVELS, release_of
from culpa.collector.dialects.shape import known, rows, table, text, whole
from culpa.collector.dialects.span import Record, Span, kind_of
from culpa.collector.dialects.times import moment

_S = 1_000_000_000
#: What each span of a process says again of the process, its machine and the SDK.
_OF_THE_PROCESS = ("sentry.", "device.", "culture.", "app.", "os.", "process.runtime.")
#: What a span does, where it does not say of which kind it is.
_KINDS_BY_OP = {"http.server": 2, "http.client": 3, "db": 3, "cache": 3, "queue.publish": 4, "queue.process": 5}


def _span(one: dict[str, Value]) -> Span:
    told = _attributes(one)
    op = text(told.get("sentry.op"))
    is_wrong = one.get("status") == "error"
    start = moment(one.get("start_timestamp"), _S)
    return Span(
        ids.trace_id(one.get("trace_id")),
        ids.span_id(one.get("span_id")),
        text(one.get("name")),
        start,
        moment(one.get("end_timestamp"), _S) or start,
        parent_id=ids.span_id(one.get("parent_span_id")),
        kind=kind_of(told.get("sentry.kind")) or _KINDS_BY_OP.get(op) or _KINDS_BY_OP.get(op.split(".")[0], 1),
        status=2 if is_wrong else 0,
        message=text(told.get("sentry.status.message")) if is_wrong else "",
        attributes=_own(told),
        resource=_resource(told),
        links=[
            (ids.trace_id(each.get("trace_id")), ids.span_id(each.get("span_id"))) for each in rows(one.get("links"))
        ],
    )


def _log(one: dict[str, Value]) -> Record:
    told = _attributes(one)
    level = text(one.get("level"))
    # Here it names the machine, not whom somebody called.
    host = told.pop("server.address", None)
    return Record(
        moment(one.get("timestamp"), _S),
        text(one.get("body")),
        level.upper(),
        ids.trace_id(one.get("trace_id")),
        ids.span_id(one.get("span_id") or told.get("sentry.trace.parent_span_id")),
        whole(one.get("severity_number"), 25) or LEVELS.get(level, 9),
        _own(told),
        _resource(told) | known({"host.name": host}),
    )


_READ: dict[str, Callable[[dict[str, Value]], Span | Record]] = {"span": _span, "log": _log}
#: The kinds of items that are streamed.
STREAMED = frozenset(_READ)


def streamed(kind: str, item: dict[str, Value]) -> Iterator[Span | Record]:
    """Yield the spans or log records of an item of one of the kinds `STREAMED`, those first that lie first."""
    for one in rows(item.get("items")):
        yield _READ[kind](one)


def _attributes(one: dict[str, Value]) -> dict[str, Value]:
    """Return the values of attributes, each of which is an object with its type."""
    given = table(one, "attributes")
    return {key: table(given, key).get("value") for key in given}


def _own(told: dict[str, Value]) -> dict[str, Value]:
    return {key: value for key, value in told.items() if not key.startswith(_OF_THE_PROCESS)}


def _resource(told: dict[str, Value]) -> dict[str, Value]:
    package, version = release_of(told.get("sentry.release"))
    return known(
        {
            "service.name": text(told.get("service.name")) or package,
            "service.version": version,
            "deployment.environment.name": text(told.get("sentry.environment")),
        }
    )
