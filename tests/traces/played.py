"""The traces that both are sent, culpa and a real Jaeger: a shop that asks a stock service and a database."""

import time
from collections.abc import Iterator
from typing import Any

from web.otlp import DATABASE, MS, attributes, entry, span

HOUR = 3_600_000 * MS
#: Some hours ago: what is older is not kept. Recorded answers have their times from here.
START = (time.time_ns() // HOUR - 6) * HOUR
CHECKOUT, LISTING, ORPHAN, LINKED = (f"{number:032x}" for number in (0xA1, 0xA2, 0xA3, 0xA4))
#: Traces with a failed request.
FAILED = [CHECKOUT]
ALL = [CHECKOUT, LISTING, ORPHAN, LINKED]
ROOT, CALL, SERVE, QUERY = 0x11, 0x12, 0x13, 0x14


def _status(code: int, message: str = "") -> dict[str, Any]:
    return {"status": {"code": code, **({"message": message} if message else {})}}


def _checkout() -> dict[str, list[dict[str, Any]]]:
    get = {"http.request.method": "GET", "server.address": "stock", "server.port": 8000}
    shop = [
        span(CHECKOUT, ROOT, "POST /checkout", START, 120, attributes=entry("/checkout", 500)) | _status(2),
        span(CHECKOUT, CALL, "GET", START + 10 * MS, 100, kind=3, parent=ROOT, attributes=get),
    ]
    stock = [
        span(CHECKOUT, SERVE, "GET /stock", START + 15 * MS, 90, parent=CALL, attributes=entry("/stock", 500))
        | _status(2),
        span(
            CHECKOUT,
            QUERY,
            "update stock",
            START + 20 * MS,
            60,
            kind=3,
            parent=SERVE,
            attributes=DATABASE,
            error="deadlock detected",
        ),
    ]
    return {"shop": shop, "stock": stock}


def _listing() -> dict[str, list[dict[str, Any]]]:
    start = START + HOUR
    more = {"app.page": "3", "app.sort": "price"}
    shop = [
        span(LISTING, 0x21, "GET /items", start, 30, attributes={**entry("/items", 200), **more})
        | _status(1)
        | {"traceState": "vendor=1"},
        span(LISTING, 0x22, "render", start + 5 * MS, 12, kind=1, parent=0x21),
    ]
    return {"shop": shop}


def _orphan() -> dict[str, list[dict[str, Any]]]:
    start = START + 2 * HOUR
    return {"stock": [span(ORPHAN, 0x31, "GET /stock", start, 8, parent=0x99, attributes=entry("/stock", 200))]}


def _linked() -> dict[str, list[dict[str, Any]]]:
    start = START + 3 * HOUR
    send = span(LINKED, 0x41, "orders send", start, 4, kind=4)
    took = span(LINKED, 0x42, "orders process", start + 20 * MS, 40, kind=5)
    took["links"] = [{"traceId": LINKED, "spanId": f"{0x41:016x}", "attributes": attributes({"why": "message"})}]
    took["events"] = [
        {"timeUnixNano": str(start + 25 * MS), "name": "picked", "attributes": attributes({"by": "till-1"})}
    ]
    return {"shop": [send], "till": [took]}


def sent() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each service with the spans that it sends at once."""
    for played in (_checkout(), _listing(), _orphan(), _linked()):
        yield from played.items()


BODY = {
    "resourceSpans": [
        {
            "resource": {
                "attributes": attributes({"service.name": service, "service.version": "1.4.3", "host.name": "n1"})
            },
            "scopeSpans": [{"scope": {"name": "t", "version": "0.1"}, "spans": spans}],
        }
        for service, spans in sent()
    ]
}
