"""Datadog's spans: as tracers send them to the agent (`meta`, `metrics`, times in ns), and as ddtrace prints them.

Source: the agent's `pkg/proto/datadog/trace/span.proto`; dd-trace-py 0.30 to 2, `Tracer._on_span_finish`.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Printed, Value
from culpa.collector.dialects.shape import is_object, known, path_of, rows, table, text
from culpa.collector.dialects.span import Event, Span, kind_of, pieces_of
from culpa.collector.dialects.times import counted
from culpa.instrumentation.patterns import late_pattern

_ID = late_pattern(rb'"span_id"\s{0,8}:\s{0,8}"?\d{4,20}\b')
_META = late_pattern(rb'"(?:meta|metrics)"\s{0,8}:\s{0,8}\{')
_FINISHED = late_pattern(
    r"(?:.{0,300}\s|.{0,300}:)?finishing span name='(?P<name>[^']{1,200})' id=(?P<id>\d{1,20}) "
    r"trace_id=(?P<trace>\d{1,39}) parent_id=(?P<parent>None|\d{1,20}) service='?(?P<service>[^' ]{0,200})'? "
    r"resource=(?P<resource>'[^']{0,4000}'|\"[^\"]{0,4000}\") type='?(?P<type>[^' ]{0,60})'? "
    r"start=(?P<start>[\d.]{1,30}) end=(?P<end>[\d.]{1,30}) duration=\S{1,40} error=(?P<error>[01]) "
    r"tags=(?P<tags>\{.*\}) metrics=(?P<metrics>\{[^{}]{0,4000}\})(?: \(enabled:\w{4,5}\))?\s*$",
    re.DOTALL,
)
_HEAD = late_pattern(rb"finishing span name='[^']{1,200}' id=\d")
_LONGEST = 65_536
_S = 1_000_000_000
_STORES = ("sql", "db", "cache", "redis", "memcached", "mongodb", "elasticsearch")
_KINDS = {"web": 2, "http": 3} | dict.fromkeys(_STORES, 3)
_SYSTEMS = {
    "postgres": "postgresql",
    "psycopg": "postgresql",
    "psycopg2": "postgresql",
    "pymysql": "mysql",
    "mysqldb": "mysql",
}


def _is_spoken(head: bytes) -> bool:
    return _ID.search(head) is not None and _META.search(head) is not None and b'"resource"' in head


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    found = [one for value in rows(list(values)) for one in (list(rows(value.get("spans"))) or [value])]
    return pieces_of([_sent(one) for one in found if "span_id" in one])


def _sent(one: dict[str, Value]) -> Span:
    start = counted(one.get("start"), 1)
    return _span(
        (one.get("trace_id"), one.get("span_id"), one.get("parent_id")),
        (text(one.get("name")), text(one.get("resource")), text(one.get("service")), text(one.get("type"))),
        (start, start + counted(one.get("duration"), 1)),
        {**table(one, "metrics"), **table(one, "meta")},
        has_failed=bool(one.get("error")),
    )


def _span(
    numbers: tuple[Value, Value, Value],
    names: tuple[str, str, str, str],
    times: tuple[int, int],
    tags: Mapping[str, Value],
    *,
    has_failed: bool,
) -> Span:
    name, resource, service, kind = names
    told = {key: text(value) for key, value in tags.items()}
    number = kind_of(told.get("span.kind", "")) or _KINDS.get(kind, 1)
    return Span(
        ids.trace_id(_hex(numbers[0])),
        ids.span_id(_hex(numbers[1])),
        resource or name,
        times[0],
        times[1],
        parent_id=ids.span_id(_hex(numbers[2])) if numbers[2] else "",
        kind=number,
        status=2 if has_failed else 0,
        attributes=_attributes(number, resource, kind, told),
        resource=known({"service.name": service, "service.version": told.get("version", "")}),
        events=[Event("exception", times[1], error)] if (error := _error(told)) else [],
    )


def _hex(number: Value) -> str:
    digits = text(number)
    return f"{int(digits):x}" if digits.isdecimal() and len(digits) < 40 else ""


def _error(told: Mapping[str, str]) -> dict[str, Value]:
    return known(
        {
            "exception.type": told.get("error.type", ""),
            "exception.message": told.get("error.message", "") or told.get("error.msg", ""),
            "exception.stacktrace": told.get("error.stack", ""),
        }
    )


def _attributes(number: int, resource: str, kind: str, told: Mapping[str, str]) -> dict[str, Value]:
    status, port = (
        told.get("http.status_code", ""),
        told.get("network.destination.port", "") or told.get("out.port", ""),
    )
    url = told.get("http.url", "")
    is_store = kind in _STORES
    component = told.get("db.system", "") or told.get("component", "")
    return known(
        {
            "http.request.method": told.get("http.method", ""),
            "http.response.status_code": int(status) if status.isdecimal() else None,
            "http.route": told.get("http.route", ""),
            "url.path": path_of(url) if number == 2 else "",
            "url.full": url if number == 3 else "",
            "db.system": _SYSTEMS.get(component, component) if is_store else "",
            "db.namespace": told.get("db.name", ""),
            "db.query.text": resource if is_store else "",
            "server.address": told.get("out.host", "") if number == 3 else "",
            "server.port": int(float(port)) if number == 3 and port.replace(".", "").isdecimal() else None,
        }
    )


class _Line:
    """One line, which is a whole print."""

    def __init__(self) -> None:
        self._found: re.Match[str] | None = None

    def add(self, line: str) -> bool:
        """Take the line; any later one is none of it."""
        if self._found is not None:
            return False
        self._found = _FINISHED.match(line[:_LONGEST])
        return self._found is not None

    def pieces(self) -> Iterator[Piece]:
        """Yield the span."""
        one = self._found
        if one is None:
            return
        tags = {**_literal(one["metrics"]), **_literal(one["tags"])}
        yield from pieces_of(
            [
                _span(
                    (one["trace"], one["id"], "" if one["parent"] == "None" else one["parent"]),
                    (one["name"], one["resource"][1:-1], one["service"], one["type"]),
                    (counted(one["start"], _S), counted(one["end"], _S)),
                    tags,
                    has_failed=one["error"] == "1",
                )
            ]
        )


def _literal(shown: str) -> dict[str, Value]:
    """Return the dictionary that Python printed, {} for what is none."""
    try:
        value: Value = ast.literal_eval(shown)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return {}
    return value if is_object(value) else {}


DATADOG = Dialect("Datadog", _is_spoken, _pieces)
DATADOG_PRINTED = Printed(
    "ddtrace's debug log",
    lambda head: _HEAD.search(head) is not None,
    lambda line: "finishing span name=" in line and _FINISHED.match(line[:_LONGEST]) is not None,
    _Line,
)
