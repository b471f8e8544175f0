"""Traces as SkyWalking tells them, asked of it or reported by its agents, give one tree and its verdict."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

_TRACE = "a3f0c1d2e4b5469788aa.71.16028312345670001"
_AT = 1_700_000_000_000
_STACK = "org.postgresql.util.PSQLException: ERROR: deadlock detected\n\tat shop.Cart.pay(Cart.java:31)"


def _pairs(**values: str) -> list[dict[str, str]]:
    return [{"key": key.replace("_", "."), "value": value} for key, value in values.items()]


def _tags(status: str) -> list[dict[str, str]]:
    return [
        {"key": "http.method", "value": "POST"},
        {"key": "url", "value": "http://shop.example/pay"},
        {"key": "http.status_code", "value": status},
    ]


def _gateway(kind: str, name: str, layer: str) -> list[dict[str, Any]]:
    common = {"parentSpanId": -1, "isError": True, layer: "Http", "tags": _tags("500"), "logs": [], "refs": []}
    entry = common | {"spanId": 0, "startTime": _AT, "endTime": _AT + 90, name: "/pay", kind: "Entry", "peer": ""}
    call = entry | {"spanId": 1, "parentSpanId": 0, kind: "Exit", "peer": "cart:8080", "startTime": _AT + 1}
    return [entry, call]


def _cart(kind: str, name: str, layer: str, ref: dict[str, Any]) -> list[dict[str, Any]]:
    (entry, _) = _gateway(kind, name, layer)
    log = {"time": _AT + 40, "data": _pairs(event="error", error_kind="org.postgresql.util.PSQLException")}
    log["data"] += _pairs(message="ERROR: deadlock detected", stack=_STACK)
    query = {"spanId": 1, "parentSpanId": 0, "startTime": _AT + 10, "endTime": _AT + 40, name: "update", kind: "Exit"}
    query |= {"peer": "db:5432", "isError": True, layer: "Database", "component": "postgresql-jdbc-driver", "refs": []}
    query |= {"tags": _pairs(db_type="sql", db_instance="shop", db_statement="update orders"), "logs": [log]}
    return [entry | {"refs": [ref], "startTime": _AT + 2, "endTime": _AT + 80}, query]


def answer() -> Any:
    """Return what the query protocol answers."""
    names = ("type", "endpointName", "layer")
    ref = {"traceId": _TRACE, "parentSegmentId": "a.1", "parentSpanId": 1, "type": "CROSS_PROCESS"}
    spans = [one | {"segmentId": "a.1", "serviceCode": "gateway"} for one in _gateway(*names)]
    spans += [one | {"segmentId": "b.1", "serviceCode": "cart"} for one in _cart(*names, ref)]
    return {"data": {"trace": {"spans": [one | {"traceId": _TRACE} for one in spans]}}}


def segments() -> Any:
    """Return what the agents report."""
    names = ("spanType", "operationName", "spanLayer")
    ref = {"traceId": _TRACE, "parentTraceSegmentId": "a.1", "parentSpanId": 1, "refType": "CrossProcess"}
    return [
        {"traceId": _TRACE, "traceSegmentId": "a.1", "service": "gateway", "spans": _gateway(*names)},
        {"traceId": _TRACE, "traceSegmentId": "b.1", "service": "cart", "spans": _cart(*names, ref)},
    ]


@pytest.mark.parametrize("written", [answer, segments], ids=["query", "agent"])
def test_a_trace_becomes_one_tree_with_its_verdict(ingest: Any, tmp_path: Path, written: Any) -> None:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(written(), indent=1))
    done = ingest(path)
    assert 0 == done.status, done.stderr
    with duckdb.connect(str(done.segment), read_only=True) as store:
        tree = store.execute(
            "select s.service_name, s.kind, p.kind, s.duration_ns // 1000000 from spans as s "
            "left join spans as p on s.parent_span_id = p.span_id order by s.start_time, s.kind"
        ).fetchall()
        verdict = store.execute("select service, cause, component, status from verdicts").fetchall()
    assert [("gateway", 2, None, 90), ("gateway", 3, 2, 89), ("cart", 2, 3, 78), ("cart", 3, 2, 30)] == tree
    assert [("gateway", "database.deadlock", "postgresql://db:5432/shop", 500)] == verdict
