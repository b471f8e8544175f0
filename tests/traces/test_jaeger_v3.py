"""Jaeger's v3 API: what newer pages of Jaeger ask, whose every answer they check before they show it."""

import base64
import re
from typing import Any
from urllib.parse import quote

import pytest

from culpa.store import iso

from .conftest import Ask
from .played import CHECKOUT, HOUR, LINKED, LISTING, ORPHAN, QUERY, START

ALL_DAY = f"query.startTimeMin={iso(START - HOUR)}&query.startTimeMax={iso(START + 6 * HOUR)}"
#: The checks of jaeger-ui's src/api/v3/schemas.ts: ids are not zero, times are whole numbers as text.
TRACE_ID, SPAN_ID, WHOLE = (re.compile(text) for text in (r"(?!0+$)[0-9a-f]{32}", r"(?!0+$)[0-9a-f]{16}", r"\d+"))
VALUES = {"stringValue": str, "boolValue": bool, "intValue": str, "doubleValue": float, "arrayValue": dict}


def test_services_and_what_they_do(ask: Ask) -> None:
    assert {"services": ["shop", "stock", "till"]} == ask("/api/v3/services")
    assert [{"name": "orders process", "spanKind": "consumer"}] == ask("/api/v3/operations?service=till")["operations"]
    assert [{"name": "render", "spanKind": "internal"}] == ask("/api/v3/operations?service=shop&spanKind=internal")[
        "operations"
    ]
    assert {"operations": []} == ask("/api/v3/operations?service=nobody")


def _attributes(pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return attributes by their keys, each checked to have one value of its type."""
    for pair in pairs:
        [(kind, value)] = pair["value"].items()
        assert isinstance(value, VALUES[kind]), pair
        assert kind != "intValue" or WHOLE.fullmatch(value)
    return {pair["key"]: next(iter(pair["value"].values())) for pair in pairs}


def _spans(answer: Any) -> list[dict[str, Any]]:
    """Return the spans of an answer, each checked as Jaeger's page checks it."""
    spans = [
        span for sent in answer["result"]["resourceSpans"] for scope in sent["scopeSpans"] for span in scope["spans"]
    ]
    for span in spans:
        assert TRACE_ID.fullmatch(span["traceId"]) and SPAN_ID.fullmatch(span["spanId"])
        assert "parentSpanId" not in span or SPAN_ID.fullmatch(span["parentSpanId"])
        assert isinstance(span["kind"], int)
        assert WHOLE.fullmatch(span["startTimeUnixNano"]) and WHOLE.fullmatch(span["endTimeUnixNano"])
        for told in (*span.get("events", []), *span.get("links", []), span):
            _attributes(told.get("attributes", []))
    return spans


def test_a_trace_is_otlp_with_its_verdict(ask: Ask) -> None:
    """As an event and attributes of the span where it failed; the warning is where Jaeger keeps those of spans."""
    answer = ask(f"/api/v3/traces/{CHECKOUT}")
    sent = answer["result"]["resourceSpans"]
    services = [_attributes(one["resource"]["attributes"])["service.name"] for one in sent]
    assert ["shop", "stock"] == sorted(services)
    spans = {span["spanId"]: span for span in _spans(answer)}
    cause = spans[f"{QUERY:016x}"]
    assert "database.deadlock" == _attributes(cause["attributes"])["culpa.cause"]
    assert ["exception", "culpa.verdict"] == [event["name"] for event in cause["events"]]
    assert _attributes(cause["events"][1]["attributes"])["culpa.settled"] is True
    warned = [span for span in spans.values() if "@jaeger@warnings" in _attributes(span["attributes"])]
    assert 1 == len(warned)
    assert "(database.deadlock, " in str(_attributes(warned[0]["attributes"])["@jaeger@warnings"])


def test_a_trace_is_had_by_each_spelling_of_its_id(ask: Ask) -> None:
    in_base64 = base64.b64encode(bytes.fromhex(LINKED)).decode()
    answers = [
        ask(f"/api/v3/traces/{quote(name, safe='')}") for name in (LINKED, LINKED.lstrip("0").upper(), in_base64)
    ]
    assert answers[0] == answers[1] == answers[2]
    took = next(span for span in _spans(answers[0]) if span["name"] == "orders process")
    assert [{"traceId": LINKED, "spanId": f"{0x41:016x}"}] == [
        {name: link[name] for name in ("traceId", "spanId")} for link in took["links"]
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("query.serviceName=shop", [CHECKOUT, LISTING, LINKED]),
        ("query.service_name=shop&query.operation_name=render", [LISTING]),
        ("query.serviceName=shop&query.durationMin=100ms", [CHECKOUT]),
        ("query.serviceName=shop&query.num_traces=1", [LINKED]),
        ('query.serviceName=stock&query.attributes={"culpa.cause":"database.deadlock"}', [CHECKOUT]),
        ("query.operationName=GET%20/stock", [CHECKOUT, ORPHAN]),
    ],
)
def test_a_search_finds_traces_and_what_they_are_about(ask: Ask, query: str, wanted: list[str]) -> None:
    """Whole, or as summaries."""
    spans = _spans(ask(f"/api/v3/traces?{ALL_DAY}&{query}"))
    assert set(wanted) == {span["traceId"] for span in spans}
    summaries = ask(f"/api/v3/trace-summaries?{ALL_DAY}&{query}")["summaries"]
    assert wanted == [one["traceId"] for one in reversed(summaries)]
    for one in summaries:
        theirs = [span for span in spans if span["traceId"] == one["traceId"]]
        assert len(theirs) == one["spanCount"] == sum(service["spanCount"] for service in one["services"])
        assert str(min(int(span["startTimeUnixNano"]) for span in theirs)) == one["minStartTimeUnixNano"]
        assert str(max(int(span["endTimeUnixNano"]) for span in theirs)) == one["maxEndTimeUnixNano"]


def test_a_summary_tells_who_began_and_what_failed(ask: Ask) -> None:
    summaries = ask(f"/api/v3/trace-summaries?{ALL_DAY}&query.serviceName=stock")["summaries"]
    orphan, checkout = summaries
    services = [
        {"name": "shop", "spanCount": 2, "errorSpanCount": 1},
        {"name": "stock", "spanCount": 2, "errorSpanCount": 2},
    ]
    told = (
        checkout["rootServiceName"],
        checkout["rootOperationName"],
        checkout["errorSpanCount"],
        checkout["services"],
    )
    assert ("shop", "POST /checkout", 3, services) == told
    assert ("", "", 1) == (orphan["rootServiceName"], orphan["rootOperationName"], orphan["orphanSpanCount"])


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (f"/api/v3/traces?{ALL_DAY}&query.serviceName=nobody", 404, "No traces found"),
        (f"/api/v3/traces/{'f' * 32}", 404, "No traces found"),
        ("/api/v3/traces?query.serviceName=shop", 400, "query.startTimeMin and query.startTimeMax are required"),
        ("/api/v3/trace-summaries?query.startTimeMin=1&query.startTimeMax=2", 400, "is no time of RFC 3339"),
        (f"/api/v3/traces?{ALL_DAY}&query.filter=x", 400, "query.filter is not answered here"),
        ("/api/v3/traces/zz", 400, "is no trace id"),
    ],
)
def test_what_cannot_be_answered_is_told(ask: Ask, path: str, status: int, said: str) -> None:
    error = ask(path, status)["error"]
    assert status == error["httpCode"]
    assert said in error["message"]


def test_summaries_of_nothing_are_none(ask: Ask) -> None:
    assert {"summaries": []} == ask(f"/api/v3/trace-summaries?{ALL_DAY}&query.serviceName=nobody")
