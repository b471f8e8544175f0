"""A real store with a handful of judged failures, written through the store's own door."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from culpa.store import DuckDBStore, arrow_schema

#: 2026-03-01T10:00:00Z
START_NS = 1_772_359_200_000_000_000
MS = 1_000_000
#: What an attacker would send to steer a terminal, a notebook or a reader's eye.
HOSTILE = "\x1b[2J\x1b]0;owned\x07[red]bold[/red] <script>alert(1)</script> \u202egnp.exe\r\nnext"

Row = dict[str, Any]


def trace(number: int) -> str:
    """Return the id of a trace: its number in the first 8 digits and at the end."""
    return f"{number:08x}{number:024x}"


def span(number: int) -> str:
    return f"{number:016x}"


def _absent(kind: pa.DataType) -> Any:
    if pa.types.is_string(kind):
        return ""
    if pa.types.is_list(kind):
        return []
    return False if pa.types.is_boolean(kind) else 0


def table(relation: str, rows: list[Row]) -> pa.Table:
    """Return rows of a relation; what they do not name is absent as the schema means it."""
    schema = arrow_schema(relation)
    full = [{field.name: row.get(field.name, _absent(field.type)) for field in schema} for row in rows]
    assert not [name for row in rows for name in row if name not in schema.names]
    return pa.Table.from_pylist(full, schema=schema)


def _said(rule: str, at: int, statement: str, weight: float, source: str = "") -> Row:
    return {
        "rule": rule,
        "span_id": span(at) if at else "",
        "source": source or f"span:{span(at)}",
        "seen_at": START_NS + at * MS,
        "statement": statement,
        "weight": weight,
    }


def _verdict(number: int, cause: str, **values: Any) -> Row:
    known = {
        "trace_id": trace(number),
        "request_span_id": span(number * 16 + 1),
        "ended_at": START_NS + number * 1_000_000_000 + 123_456_789,
        "method": "GET",
        "route": "/orders/{id}",
        "path": f"/orders/{number}",
        "status": 500,
        "surfaced": True,
        "service": "checkout",
        "layer": cause.partition(".")[0],
        "cause": cause,
        "confidence": 0.93,
        "fingerprint": f"{number:016x}",
        "runbook": cause,
        "settled": True,
        "judged_at": START_NS + 3600 * 1_000_000_000,
        "rules_version": "test",
    }
    return known | values


def verdict_rows() -> list[Row]:
    return [
        _verdict(
            1,
            "database.unreachable",
            component="postgresql://db:5432/shop",
            location="shop/db.py:12 connect",
            exception_type="psycopg.OperationalError",
            exception_message='connection to server at "db", port 5432 failed: Connection refused',
            change="checkout 1.4.2 at 2026-03-01T09:58:00Z",
            runner_up="app/checkout/app.unhandled_exception",
            evidence=[
                _said("refused_connect", 0x13, "the connection to db:5432 was refused", 3.1),
                _said("origin_exception", 0x12, "OperationalError reached the entry span", 1.2),
                _said("no_peer", 0, "no span of the database answered", 0.4, "absence:db.server"),
            ],
        ),
        _verdict(
            2,
            "database.deadlock",
            component="postgresql://db:5432/shop",
            object="orders",
            method="POST",
            route="/orders",
            path="/orders",
            confidence=0.97,
            evidence=[_said("sqlstate", 0x22, "the statement ended with SQLSTATE 40P01 (deadlock_detected)", 4.0)],
        ),
        _verdict(
            3,
            "upstream.timeout",
            component="https://pay.example.com",
            status=504,
            confidence=0.71,
            evidence=[_said("client_timeout", 0x32, "POST to pay.example.com had no answer after 3 s", 1.9)],
            missing=["spans of pay.example.com: run it under `culpa run`"],
        ),
        _verdict(
            4,
            "app.unhandled_exception",
            component="checkout",
            exception_type="KeyError",
            exception_message=HOSTILE,
            location="shop/cart.py:41 total",
            path=f"/cart/{HOSTILE}",
            confidence=0.88,
            evidence=[_said("origin_exception", 0x41, f"KeyError: {HOSTILE}", 2.4)],
        ),
        _verdict(
            5,
            "unknown",
            layer="unknown",
            service="nginx",
            status=502,
            confidence=0.31,
            route="",
            runner_up="app/checkout/app.worker_killed",
            missing=[
                "spans of http://127.0.0.1:8000: run it under `culpa run`",
                "nginx error.log: collect it",
            ],
        ),
        _verdict(
            6,
            "app.worker_killed",
            component="checkout",
            status=200,
            surfaced=False,
            truncated=True,
            confidence=0.8,
            evidence=[_said("broken_off", 0, "nginx wrote 'upstream prematurely closed connection'", 2.0, "log:aa01")],
        ),
        _verdict(
            7,
            "database.timeout",
            component="postgresql://db:5432/shop",
            service="gateway",
            confidence=0.9,
            evidence=[_said("sqlstate", 0x73, "SQLSTATE 57014 (query_canceled)", 3.0)],
        ),
        _verdict(
            7,
            "app.error_response",
            request_span_id=span(0x75),
            fingerprint=f"{8:016x}",
            status=503,
            component="reviews",
            service="reviews",
            surfaced=False,
            settled=False,
            confidence=0.6,
            path="/reviews/7",
            route="/reviews/{id}",
            evidence=[_said("own_answer", 0x75, "reviews answered 503 without an exception", 1.0)],
        ),
    ]


def _span(trace_number: int, number: int, parent: int, name: str, at_ms: int, long_ms: int, **values: Any) -> Row:
    known = {
        "trace_id": trace(trace_number),
        "span_id": span(number),
        "parent_span_id": span(parent) if parent else "",
        "span_name": name,
        "service_name": "checkout",
        "kind": 1,
        "start_time": START_NS + trace_number * 1_000_000_000 + at_ms * MS,
        "duration_ns": long_ms * MS,
    }
    return known | values


def span_rows() -> list[Row]:
    error = {"status_code": 2}
    return [
        _span(1, 0x12, 0x11, "GET /orders/{id}", 1, 20, kind=2, http_response_status_code=500, **error),
        _span(1, 0x14, 0x12, "SELECT users", 2, 3, kind=3, db_system_name="postgresql"),
        _span(1, 0x13, 0x12, "connect", 6, 9, kind=3, db_system_name="postgresql", **error),
        _span(1, 0x13, 0x12, "connect", 6, 9, kind=3, db_system_name="postgresql", **error),
        _span(1, 0x15, 0x12, "audit", 18, 400, kind=1),
        _span(2, 0x21, 0, "POST /orders", 0, 50, kind=2, http_response_status_code=500, **error),
        _span(2, 0x22, 0x21, "UPDATE orders", 4, 40, kind=3, db_collection_name="orders", **error),
        _span(3, 0x31, 0, "GET /orders/{id}", 0, 3100, kind=2, http_response_status_code=504, **error),
        _span(3, 0x32, 0x31, "POST", 20, 3000, kind=3, server_address="pay.example.com", **error),
        _span(4, 0x41, 0, "GET /cart/{id}", 0, 5, kind=2, http_response_status_code=500, **error),
        _span(
            7,
            0x71,
            0,
            "GET /orders/{id}",
            0,
            900,
            kind=2,
            service_name="gateway",
            http_response_status_code=500,
        ),
        _span(7, 0x72, 0x71, "GET", 1, 890, kind=3, service_name="gateway"),
        _span(7, 0x73, 0x72, "SELECT orders", 5, 880, kind=3, **error),
        _span(
            7,
            0x75,
            0x71,
            "GET /reviews/{id}",
            5,
            6,
            kind=2,
            service_name="reviews",
            http_response_status_code=503,
        ),
        _span(9, 0x91, 0, "GET /health", 0, 1, kind=2, http_response_status_code=200),
    ]


def access_rows() -> list[Row]:
    def line(number: int, at: int, long_ms: int, status: int, **values: Any) -> Row:
        return {
            "access_id": span(0xACC0 + number),
            "trace_id": trace(number),
            "span_id": span(at) if at else "",
            "format": "nginx_json",
            "service_name": "nginx",
            "start_time": START_NS + number * 1_000_000_000,
            "duration_ns": long_ms * MS,
            "http_request_method": "GET",
            "url_path": f"/orders/{number}",
            "http_response_status_code": status,
            "completed": True,
        } | values

    upstream = {"upstream_address": "127.0.0.1:8000"}
    return [
        line(1, 0x11, 22, 500, upstream_status="500", **upstream),
        line(5, 0x51, 3, 502, upstream_status="502", **upstream),
        line(6, 0x61, 80, 200, completed=False, **upstream),
    ]


def exception_rows() -> list[Row]:
    def raised(number: int, at: int, kind: str, message: str, **values: Any) -> Row:
        return {
            "exception_id": span(at),
            "trace_id": trace(number),
            "span_id": span(at),
            "time": START_NS + number * 1_000_000_000 + 10 * MS,
            "service_name": "checkout",
            "source": "span",
            "type": kind,
            "message": message,
        } | values

    refused = 'connection to server at "db", port 5432 failed: Connection refused'
    return [
        raised(1, 0x13, "psycopg.OperationalError", refused),
        raised(2, 0x22, "psycopg.errors.DeadlockDetected", "deadlock detected", error_code="40P01"),
        raised(4, 0x41, "KeyError", HOSTILE),
    ]


@pytest.fixture(scope="session")
def make_store() -> Callable[[Path], Path]:
    """Return what writes the sample into a new segment file."""

    def make(path: Path) -> Path:
        store = DuckDBStore(path, writable=True)
        store.write(
            {
                "verdict_revisions": table("verdict_revisions", verdict_rows()),
                "spans": table("spans", span_rows()),
                "access": table("access", access_rows()),
                "exceptions": table("exceptions", exception_rows()),
            }
        )
        store.close()
        return path

    return make


@pytest.fixture(scope="session")
def sample(make_store: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a segment file with eight failed requests in seven traces, and one trace without any."""
    return make_store(tmp_path_factory.mktemp("surface") / "culpa.duckdb")
