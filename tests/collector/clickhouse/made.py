"""Requests as OTLP lines: some of one route, each answered well or not."""

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Request(NamedTuple):
    """A request of the service `shop`."""

    number: int
    at_ns: int
    is_failed: bool = False
    route: str = "/orders"
    trace_state: str = ""
    raised: str = "ValueError"

    @property
    def trace_id(self) -> str:
        """Return its id."""
        return f"{self.number:032x}"


def write(path: Path, requests: Iterable[Request]) -> Path:
    """Write a file of OTLP lines."""
    spans = [_span(one) for one in requests]
    path.write_text(
        json.dumps(
            {
                "resourceSpans": [
                    {
                        "resource": {"attributes": [_pair("service.name", "shop")]},
                        "scopeSpans": [{"spans": spans}],
                    }
                ]
            }
        )
        + "\n"
    )
    return path


def _span(request: Request) -> dict[str, Any]:
    status = 500 if request.is_failed else 200
    attributes = [
        _pair("http.route", request.route),
        _pair("http.request.method", "GET"),
        {"key": "http.response.status_code", "value": {"intValue": str(status)}},
    ]
    span: dict[str, Any] = {
        "traceId": request.trace_id,
        "spanId": f"{request.number:016x}",
        "name": f"GET {request.route}",
        "kind": 2,
        "traceState": request.trace_state,
        "startTimeUnixNano": str(request.at_ns),
        "endTimeUnixNano": str(request.at_ns + 9_000_000),
        "attributes": attributes,
        "status": {"code": 2 if request.is_failed else 0},
    }
    if request.is_failed:
        raised = [_pair("exception.type", request.raised), _pair("exception.message", "no such order")]
        span["events"] = [{"timeUnixNano": str(request.at_ns + 1), "name": "exception", "attributes": raised}]
    return span


def _pair(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


_MINUTE_NS = 60_000_000_000
_NOW_NS = time.time_ns()
#: Of the last hour, where three failed and one of those that did not stands for four; and one failure of hours ago.
LATELY = [Request(n, _NOW_NS - (40 - n) * _MINUTE_NS, is_failed=n % 3 == 0) for n in range(1, 12)]
SAMPLED = Request(12, _NOW_NS - 28 * _MINUTE_NS, trace_state="ot=th:c")
EARLIER = Request(13, _NOW_NS - 240 * _MINUTE_NS, is_failed=True, route="/carts", raised="KeyError")
FAILED = [one.trace_id for one in LATELY if one.is_failed]
