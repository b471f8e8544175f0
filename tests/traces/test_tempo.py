"""A part of Tempo's API: what Grafana's data source asks of it."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from web.conftest import Site

from .conftest import Ask
from .played import CHECKOUT, HOUR, LINKED, LISTING, ORPHAN, QUERY, START

WINDOW = f"start={(START - HOUR) // 10**9}&end={(START + 6 * HOUR) // 10**9}"
PROTOBUF = {"Accept": "application/protobuf"}


def _read(message: bytes) -> dict[str, Any]:
    """Return the spans of a message by their ids."""
    found = TracesData.FromString(message)
    return {
        span.span_id.hex(): span for sent in found.resource_spans for scope in sent.scope_spans for span in scope.spans
    }


def encoded(query: str) -> str:
    """Return parameters as a URL has them; `&&` is part of one."""
    return quote(query, safe="=&").replace("&&", "%26%26")


def test_it_is_there(site: Site) -> None:
    answer, text = site.ask("/tempo/api/echo")
    assert (200, "echo") == (answer.status, text)
    assert 200 == site.ask("/tempo/")[0].status


def test_a_trace_comes_as_protobuf(site: Site) -> None:
    """Of v2 inside a response: field 1, its length, the trace."""
    answer, first = site.bytes_of(f"/tempo/api/traces/{CHECKOUT}", headers=PROTOBUF)
    assert "application/protobuf" == answer.headers["Content-Type"]
    spans = _read(first)
    assert CHECKOUT == spans[f"{QUERY:016x}"].trace_id.hex()
    assert ["exception", "culpa.verdict"] == [event.name for event in spans[f"{QUERY:016x}"].events]
    _, second = site.bytes_of(f"/tempo/api/v2/traces/{CHECKOUT}", headers=PROTOBUF)
    assert b"\x0a" == second[:1] and second.endswith(first)
    length, places = 0, second[1 : len(second) - len(first)]
    for at, byte in enumerate(places):
        length |= (byte & 0x7F) << (7 * at)
    assert len(first) == length


def test_a_trace_comes_as_json(site: Site, ask: Ask) -> None:
    whole = ask(f"/api/v2/traces/{CHECKOUT}", prefix="/tempo")["trace"]["resourceSpans"]
    assert whole == ask(f"/api/traces/{CHECKOUT}", prefix="/tempo")["batches"]
    kinds = {span["kind"] for sent in whole for scope in sent["scopeSpans"] for span in scope["spans"]}
    assert {"SPAN_KIND_SERVER", "SPAN_KIND_CLIENT"} == kinds
    answer, text = site.ask(f"/tempo/api/v2/traces/{'f' * 32}", headers=PROTOBUF)
    assert (404, "trace not found") == (answer.status, text)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [LINKED, ORPHAN, LISTING, CHECKOUT]),
        ("limit=2", [LINKED, ORPHAN]),
        ("q={}", [LINKED, ORPHAN, LISTING, CHECKOUT]),
        ('q={resource.service.name="stock" && span.http.response.status_code=500}', [CHECKOUT]),
        ('q={ .service.name = "shop" && name="render" }', [LISTING]),
        ("q={status=error && kind=client}", [CHECKOUT]),
        ("q={duration>100ms}", [CHECKOUT]),
        ("q={duration>=100ms && duration<=110ms}", [CHECKOUT]),
        ("q={duration<5ms}", [LINKED]),
        ("q={span.culpa.cause=`database.deadlock`}", [CHECKOUT]),
        ('q={span.app.page="4"}', []),
        ("tags=service.name=shop app.page=3", [LISTING]),
        ('tags=culpa.component="postgresql://db:5432/shop"', [CHECKOUT]),
        ("minDuration=100ms&maxDuration=110ms", [CHECKOUT]),
    ],
)
def test_a_search_finds_traces(ask: Ask, query: str, wanted: list[str]) -> None:
    found = ask(
        f"/api/search?{WINDOW}&{encoded(query)}",
        prefix="/tempo",
    )
    assert wanted == [one["traceID"] for one in found["traces"]]


def test_a_found_trace_tells_what_it_is_about(ask: Ask) -> None:
    query = quote('{name="POST /checkout"}')
    found = ask(f"/api/search?{WINDOW}&q={query}", prefix="/tempo")["traces"][0]
    stats = {"shop": {"spanCount": 2, "errorCount": 1}, "stock": {"spanCount": 2, "errorCount": 2}}
    wanted = {
        "traceID": CHECKOUT,
        "rootServiceName": "shop",
        "rootTraceName": "POST /checkout",
        "startTimeUnixNano": str(START),
        "durationMs": 120,
        "serviceStats": stats,
    }
    assert wanted == found


@pytest.mark.parametrize(
    "query",
    [
        "{a=1} && {b=2}",
        "{a=1 || b=2}",
        "{a!=1}",
        "{a=1} | count() > 2",
        "{a=1 &&}",
        '{a=~"b.*"}',
        "a=1",
        "{span.a > 3}",
        "{" + "a" * 5_000 + "}",
    ],
)
def test_what_is_more_than_attributes_of_one_span_is_refused(site: Site, query: str) -> None:
    """And not half answered."""
    answer, text = site.ask(f"/tempo/api/search?{WINDOW}&q={quote(query)}")
    assert 400 == answer.status
    assert "is not answered here: write attributes that one span has" in text


def test_names_and_values_of_attributes(ask: Ask) -> None:
    scopes = {one["name"]: one["tags"] for one in ask(f"/api/v2/search/tags?{WINDOW}", prefix="/tempo")["scopes"]}
    assert {"host.name", "service.name", "service.version"} == set(scopes["resource"])
    assert {"app.page", "http.route", "db.system.name"} < set(scopes["span"])
    assert ["duration", "kind", "name", "status", "statusMessage"] == scopes["intrinsic"]
    only = ask(f"/api/v2/search/tags?{WINDOW}&scope=resource", prefix="/tempo")["scopes"]
    assert ["resource"] == [one["name"] for one in only]
    assert set(scopes["span"]) < set(ask(f"/api/search/tags?{WINDOW}", prefix="/tempo")["tagNames"])

    def values(name: str, version: str = "/v2") -> Any:
        return ask(f"/api{version}/search/tag/{name}/values?{WINDOW}", prefix="/tempo")["tagValues"]

    assert ["shop", "stock", "till"] == values("service.name", "")
    assert [{"type": "string", "value": "/checkout"}, {"type": "string", "value": "/items"}] == values(
        "span.http.route"
    )[:2]
    assert {"200", "500"} == {one["value"] for one in values(".http.status_code")}
    assert {"type": "keyword", "value": "error"} in values("status")
    assert "render" in [one["value"] for one in values("name")]
    assert [] == values("nothing")


def test_it_wants_the_read_token(guarded: Site) -> None:
    assert 401 == guarded.ask("/tempo/api/echo")[0].status
    answer, text = guarded.ask("/tempo/api/search", headers={"Authorization": "Bearer read-me"})
    assert (200, {"traces": [], "metrics": {}}) == (answer.status, json.loads(text))
