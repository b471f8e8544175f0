"""AWS X-Ray: segment documents as SDKs send them, and traces as `aws xray batch-get-traces` gives them.

Source: X-Ray's developer guide, "Segment documents": times in s, `fault` for 5xx, `error` for 4xx, `namespace`.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from culpa.collector.dialects import ids
from culpa.collector.dialects.dialect import Dialect, Piece, Unreadable, Value
from culpa.collector.dialects.shape import known, path_of, rows, table, text
from culpa.collector.dialects.span import Event, Span, pieces_of
from culpa.collector.dialects.stack import Frame, Raised, printed
from culpa.collector.dialects.times import counted
from culpa.instrumentation.patterns import late_pattern

_HEAD = late_pattern(rb'\\?"(?:trace_id|Id|TraceId|traceId)\\?"\s{0,8}:\s{0,8}\\?"1-[0-9a-f]{8}-[0-9a-f]{24}')
_S = 1_000_000_000
_MOST_DEPTH = 64
#: A JDBC address, or the host and database that the SDK of Node writes.
_SQL_URL = late_pattern(r"(?:jdbc:)?(?:[a-z:]{2,30}://)?(?P<host>[\w.-]{1,253})(?::(?P<port>\d{1,5}))?(?:[/;].*)?$")
_SYSTEMS = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "mssql": "mssql",
}


class _Parent(NamedTuple):
    """Where a subsegment stands."""

    trace_id: str
    span_id: str
    service: dict[str, Value]


def _is_spoken(head: bytes) -> bool:
    return _HEAD.search(head) is not None and (b"start_time" in head or b"Segments" in head)


def _pieces(values: Iterable[Value]) -> Iterator[Piece]:
    return pieces_of([span for document in _documents(list(values)) for span in _segment(document)])


def _documents(values: Value) -> Iterator[dict[str, Value]]:
    for one in rows(values):
        if "Traces" in one:
            yield from _documents(one["Traces"])
        elif "Segments" in one:
            yield from _documents(one["Segments"])
        elif "Document" in one:
            yield from _decoded(one["Document"])
        elif "start_time" in one:
            yield one
        elif "format" not in one:  # the daemon's header
            raise Unreadable(f"no segment of X-Ray in an object with the keys {', '.join(list(one)[:8])}")


def _decoded(document: Value) -> Iterator[dict[str, Value]]:
    if not isinstance(document, str):
        yield from rows(document)
        return
    try:
        yield from rows(msgspec.json.decode(document))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unreadable("a segment's document is no JSON") from error


def _segment(one: dict[str, Value]) -> Iterator[Span]:
    """Yield a segment, which is the work of one service on a request, and what stands in it."""
    aws = table(one, "aws")
    service = known(
        {
            "service.name": text(one.get("name")),
            "service.version": text(table(one, "service").get("version")),
            "cloud.resource_id": text(aws.get("function_arn")),
        }
    )
    trace = ids.trace_id(text(one.get("trace_id")).removeprefix("1-"))
    parent = _Parent(trace, ids.span_id(one.get("parent_id")), service)
    request = table(one, "http", "request")
    span = _span(one, parent, 2 if not one.get("namespace") else 3)
    if span.kind == 2:
        span.attributes = known(
            {
                "http.request.method": text(request.get("method")),
                "http.response.status_code": table(one, "http", "response").get("status"),
                "url.path": path_of(text(request.get("url"))),
            }
        )
    yield span
    yield from _inside(one, parent._replace(span_id=span.span_id), 0)


def _inside(one: dict[str, Value], parent: _Parent, depth: int) -> Iterator[Span]:
    for sub in rows(one.get("subsegments")) if depth < _MOST_DEPTH else ():
        span = _span(sub, parent, 3 if sub.get("namespace") in ("aws", "remote") or "sql" in sub else 1)
        span.attributes = _call(sub) if span.kind == 3 else {}
        yield span
        yield from _inside(sub, parent._replace(span_id=span.span_id), depth + 1)


def _span(one: dict[str, Value], parent: _Parent, kind: int) -> Span:
    start = counted(one.get("start_time"), _S)
    end = counted(one.get("end_time"), _S) or start
    chain = list(_chain(table(one, "cause").get("exceptions")))
    events = [Event("exception", end, _attributes(chain))] if chain else []
    has_failed = bool(one.get("fault") or (kind == 3 and (one.get("error") or one.get("throttle"))))
    return Span(
        parent.trace_id,
        ids.span_id(one.get("id")),
        text(one.get("name")),
        start,
        end,
        parent_id=parent.span_id,
        kind=kind,
        status=2 if has_failed else 0,
        resource=parent.service,
        events=events,
    )


def _chain(exceptions: Value) -> Iterator[Raised]:
    """Yield what was raised; those of a callee that was traced, too, are its own to tell."""
    for one in list(rows(exceptions))[:32]:
        frames = [
            Frame(
                text(each.get("path")),
                line if isinstance(line := each.get("line"), int) else 0,
                text(each.get("label")),
            )
            for each in rows(one.get("stack"))
        ]
        yield Raised(text(one.get("type")), text(one.get("message")), frames[::-1])


def _attributes(chain: list[Raised]) -> dict[str, Value]:
    has_trace = any(each.frames for each in chain) or chain[1:]
    return known(
        {
            "exception.type": chain[0].type,
            "exception.message": chain[0].message,
            "exception.stacktrace": printed("", chain) if has_trace else "",
        }
    )


def _call(sub: dict[str, Value]) -> dict[str, Value]:
    """Return what a subsegment tells of a call: to a service of AWS, to a database, by HTTP."""
    aws, sql, http = table(sub, "aws"), table(sub, "sql"), table(sub, "http")
    status = table(http, "response").get("status")
    name = text(sub.get("name"))
    if sql:
        where = _SQL_URL.match(text(sql.get("url")).rpartition("@")[2] or name.rpartition("@")[2])
        kind = text(sql.get("database_type")).lower()
        return known(
            {
                "db.system": next((system for begin, system in _SYSTEMS.items() if kind.startswith(begin)), kind),
                "db.query.text": text(sql.get("sanitized_query")),
                "server.address": where["host"] if where else "",
                "server.port": int(where["port"]) if where and where["port"] else None,
            }
        )
    if sub.get("namespace") == "aws":
        table_name = text(aws.get("table_name"))
        return known(
            {
                "db.system": "dynamodb" if name.lower() == "dynamodb" else "",
                "rpc.system": "aws-api" if name.lower() != "dynamodb" else "",
                "rpc.service": name,
                "rpc.method": text(aws.get("operation")),
                "db.operation.name": text(aws.get("operation")) if table_name else "",
                "db.collection.name": table_name,
                "http.response.status_code": status,
            }
        )
    request = table(http, "request")
    return known(
        {
            "http.request.method": text(request.get("method")),
            "url.full": text(request.get("url")),
            "server.address": "" if request.get("url") else name,
            "http.response.status_code": status,
        }
    )


XRAY = Dialect("AWS X-Ray", _is_spoken, _pieces)
