"""Jaeger's v1 API: what Grafana's data source and older pages of Jaeger ask."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from web.conftest import Site

from .conftest import Ask, Queried
from .played import CHECKOUT, HOUR, LINKED, LISTING, ORPHAN, QUERY, START

US = 1_000
ALL_DAY = f"start={(START - HOUR) // US}&end={(START + 6 * HOUR) // US}"


def tags(span: dict[str, Any]) -> dict[str, Any]:
    """Return the tags of a span by their keys."""
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def found(ask: Ask, query: str) -> list[str]:
    """Return the ids of the traces that a search finds."""
    return [trace["traceID"] for trace in ask(f"/api/traces?{ALL_DAY}&{query}")["data"]]


def test_services_and_what_they_do(ask: Ask) -> None:
    assert {"data": ["shop", "stock", "till"], "total": 3, "limit": 0, "offset": 0, "errors": None} == ask(
        "/api/services"
    )
    assert ["GET", "GET /items", "POST /checkout", "orders send", "render"] == ask("/api/services/shop/operations")[
        "data"
    ]
    kinds = {(one["name"], one["spanKind"]) for one in ask("/api/operations?service=stock")["data"]}
    assert {("GET /stock", "server"), ("update stock", "client")} == kinds
    assert 1 == ask("/api/operations?service=stock&spanKind=client")["total"]
    assert [] == ask(f"/api/services/{quote('a/b', safe='')}/operations")["data"]


def test_a_trace_shows_where_it_failed_and_why(ask: Ask) -> None:
    """As a log and tags on the span of the query, and as a warning of the trace; nowhere else."""
    trace = ask(f"/api/traces/{CHECKOUT}")["data"][0]
    by_id = {span["spanID"]: span for span in trace["spans"]}
    marked = [span["spanID"] for span in trace["spans"] if "culpa.cause" in tags(span)]
    assert [f"{QUERY:016x}"] == marked
    cause = by_id[f"{QUERY:016x}"]
    assert "database.deadlock" == tags(cause)["culpa.cause"]
    assert "postgresql://db:5432/shop" == tags(cause)["culpa.component"]
    events = [{one["key"]: one["value"] for one in log["fields"]} for log in cause["logs"]]
    assert ["exception", "culpa.verdict"] == [one["event"] for one in events]
    assert events[1]["message"] in trace["warnings"][0]
    assert 0.5 < events[1]["culpa.confidence"] <= 1
    assert "(database.deadlock, " in trace["warnings"][0]
    assert {"shop", "stock"} == {one["serviceName"] for one in trace["processes"].values()}
    assert tags(cause)["error"] is True and 5432 == tags(cause)["server.port"]


def test_a_trace_without_a_failure_has_no_warning(ask: Ask) -> None:
    trace = ask(f"/api/traces/{LISTING.lstrip('0')}")["data"][0]
    assert trace["warnings"] is None
    assert not [span for span in trace["spans"] if "culpa.cause" in tags(span)]
    assert ["its parent 0000000000000099 is not here"] == ask(f"/api/traces/{ORPHAN}")["data"][0]["spans"][0][
        "warnings"
    ]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("service=shop", [LINKED, LISTING, CHECKOUT]),
        ("service=shop&limit=1", [LINKED]),
        ("service=stock&operation=GET%20/stock", [ORPHAN, CHECKOUT]),
        ("service=shop&minDuration=100ms", [CHECKOUT]),
        ("service=shop&maxDuration=10ms", [LINKED]),
        ("service=shop&minDuration=0.02s&maxDuration=50ms", [LISTING]),
        ("service=nobody", []),
        ('service=shop&tags={"app.page":"3","http.response.status_code":"200"}', [LISTING]),
        ('service=shop&tags={"app.page":"4"}', []),
        ('service=shop&tags={"app.page":""}', []),
        ('service=shop&tags={"app.sort":"price","span.kind":"internal"}', []),
        ('service=stock&tags={"http.status_code":"500"}', [CHECKOUT]),
        ("service=stock&tag=error:true", [CHECKOUT]),
        ("service=stock&tag=culpa.cause:database.deadlock", [CHECKOUT]),
        ("service=shop&tag=culpa.component:postgresql://db:5432/shop", [CHECKOUT]),
        ("service=stock&tag=exception.type:psycopg.errors.DeadlockDetected", [CHECKOUT]),
        ("service=stock&tag=db.system:postgresql", [CHECKOUT]),
        ("service=till&tag=service.version:1.4.3", [LINKED]),
        ("service=till&tag=service.version:1.4.2", []),
        ("service=shop&tag=otel.status_code:OK&tag=otel.scope.name:t&tag=w3c.tracestate:vendor=1", [LISTING]),
    ],
)
def test_a_search_finds_traces_of_which_one_span_is_as_wanted(ask: Ask, query: str, wanted: list[str]) -> None:
    """The newest first."""
    assert wanted == found(ask, query)


def test_a_search_keeps_to_its_time(ask: Ask) -> None:
    assert [CHECKOUT] == found(ask, f"service=shop&start={START // US}&end={(START + HOUR // 2) // US}")[-1:]
    query = f"/api/traces?service=shop&start={(START + HOUR // 2) // US}&end={(START + 2 * HOUR) // US}"
    assert [LISTING] == [trace["traceID"] for trace in ask(query)["data"]]


def test_traces_are_had_by_their_ids(ask: Ask) -> None:
    missing = "f" * 32
    answer = ask(f"/api/traces?traceID={CHECKOUT}&traceID={missing}")
    assert [CHECKOUT] == [trace["traceID"] for trace in answer["data"]]
    assert [{"msg": "trace not found", "traceID": missing}] == answer["errors"]
    assert {"code": 404, "msg": "trace not found"} == ask(f"/api/traces/{missing}", 404)["errors"][0]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/traces", "parameter 'service' is required"),
        ("/api/operations", "parameter 'service' is required"),
        ("/api/traces?service=a&start=now", "unable to parse param 'start'"),
        ("/api/traces?service=a&minDuration=5", "unable to parse param 'minDuration'"),
        ("/api/traces?service=a&minDuration=5s&maxDuration=1s", "'maxDuration' should be greater"),
        ("/api/traces?service=a&tags=[]", "malformed 'tags' parameter"),
        ("/api/traces?service=a&tag=b", "malformed 'tag' parameter"),
        ("/api/traces/zz", "is no trace id"),
        (f"/api/traces?service=a&tags={quote(json.dumps({str(n): 'x' for n in range(21)}))}", "21 tags are too many"),
        ("/api/operations?service=a&spanKind=b", "unsupported span kind"),
    ],
)
def test_what_makes_no_sense_is_told(ask: Ask, path: str, said: str) -> None:
    answer = ask(path, 400)
    assert answer["data"] is None and 400 == answer["errors"][0]["code"]
    assert said in answer["errors"][0]["msg"]


def test_services_that_ask_each_other(ask: Ask) -> None:
    end = (START + 6 * HOUR) // 1_000_000
    links = [{"parent": "shop", "child": name, "callCount": 1} for name in ("stock", "till")]
    assert links == ask(f"/api/dependencies?endTs={end}&lookback={7 * 3_600_000}")["data"]
    assert [] == ask(f"/api/dependencies?endTs={end}&lookback=60000")["data"]


def test_it_stands_alone_at_a_port_of_its_own(site: Queried, ask: Ask) -> None:
    """There is nothing else of the collector at that port."""
    alone = Site.__new__(Site)
    alone.port = site.jaeger_port
    answer, text = alone.ask("/api/services")
    assert 200 == answer.status and ask("/api/services") == json.loads(text)
    assert [200, 404, 404] == [alone.ask(path)[0].status for path in ("/", "/v1/sql", "/metrics")]
    assert [200, 200, 404] == [site.ask(path)[0].status for path in ("/jaeger", "/jaeger/", "/jaeger/nothing")]


def test_it_wants_the_read_token(guarded: Site) -> None:
    shown = [{}, {"Authorization": "Bearer write-me"}, {"Authorization": "Bearer read-me"}]
    paths = ("/jaeger/api/services", "/jaeger/api/v3/services", "/jaeger")
    for path in paths:
        assert [401, 403, 200] == [guarded.ask(path, headers=headers)[0].status for headers in shown]
