"""Traces as OTLP/JSON, for a page to show."""

import json
import time
from typing import Any

MS = 1_000_000
STACK = (
    "Traceback (most recent call last):\n"
    '  File "/srv/shop/.venv/lib/python3.11/site-packages/starlette/routing.py", line 73, in app\n    await f(request)\n'
    '  File "/srv/shop/orders.py", line 41, in take\n    connection.execute(update)\n'
    "psycopg.errors.DeadlockDetected: deadlock detected"
)
DATABASE = {"db.system.name": "postgresql", "server.address": "db", "server.port": 5432, "db.namespace": "shop"}


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return attributes as OTLP writes them."""
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]


def span(trace_id: str, number: int, name: str, start_ns: int, took_ms: int, **more: Any) -> dict[str, Any]:
    """Return one span; `parent` is a number, `kind` 2 by default, `error` an exception's message."""
    made: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": f"{number:016x}",
        "name": name,
        "kind": more.get("kind", 2),
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + took_ms * MS),
        "attributes": attributes(more.get("attributes", {})),
    }
    if more.get("parent"):
        made["parentSpanId"] = f"{more['parent']:016x}"
    if "error" in more:
        raised = {
            "exception.type": more.get("type", "psycopg.errors.DeadlockDetected"),
            "exception.message": more["error"],
            "exception.stacktrace": more.get("stack", STACK),
        }
        made["status"] = {"code": 2, "message": more["error"]}
        made["events"] = [{"timeUnixNano": str(start_ns + MS), "name": "exception", "attributes": attributes(raised)}]
    return made


def body(sent: list[tuple[str, list[dict[str, Any]]]], **resource: str) -> bytes:
    """Return an export of the spans of some services."""
    parts = [
        {
            "resource": {"attributes": attributes({"service.name": service, **resource})},
            "scopeSpans": [{"scope": {"name": "t"}, "spans": spans}],
        }
        for service, spans in sent
    ]
    return json.dumps({"resourceSpans": parts}).encode()


def entry(route: str, status: int) -> dict[str, Any]:
    """Return the attributes of a request that came in."""
    return {
        "http.request.method": "POST",
        "http.route": route,
        "url.path": route,
        "http.response.status_code": status,
    }


def checkout(number: int, *, fails: bool, ago_s: int = 60) -> list[dict[str, Any]]:
    """Return a checkout, broken by a deadlock or not."""
    trace_id, start = f"{number:032x}", time.time_ns() - ago_s * 1000 * MS
    root, query = number * 16 + 1, number * 16 + 2
    more: dict[str, Any] = {"error": "deadlock detected"} if fails else {}
    failed = {"status": {"code": 2}} if fails else {}
    return [
        span(trace_id, root, "POST /checkout", start, 90, attributes=entry("/checkout", 500 if fails else 200))
        | failed,
        span(trace_id, query, "update stock", start + 20 * MS, 40, kind=3, parent=root, attributes=DATABASE, **more),
    ]


def large(trace_id: str, number: int, *, circle: bool = False) -> list[dict[str, Any]]:
    """Return a request of many spans, of which the last but one fails; in a circle, two name each other as parent."""
    start = time.time_ns() - 60_000 * MS
    root = 1 << 40
    spans = [span(trace_id, root, "POST /bulk", start, 2_000, attributes=entry("/bulk", 500)) | {"status": {"code": 2}}]
    for at in range(1, number):
        more: dict[str, Any] = {"error": "deadlock detected"} if at == number - 2 else {}
        one = span(
            trace_id,
            root + at,
            f"select item {at}",
            start + at * MS // 4,
            1,
            kind=3,
            parent=root,
            attributes=DATABASE,
            **more,
        )
        spans.append(one)
    if circle:
        spans[1]["parentSpanId"], spans[2]["parentSpanId"] = spans[2]["spanId"], spans[1]["spanId"]
    return spans
