"""A web page may not write into, nor read from, the collector of whoever visits it."""

import json
from collections.abc import Callable

import pytest

from .conftest import Running
from .payload import traces

JSON = {"Content-Type": "application/json"}
PROTOBUF = {"Content-Type": "application/x-protobuf"}
CHANGE = json.dumps({"description": "a page was here"}).encode()
LABEL = json.dumps({"trace_id": "0" * 31 + "1", "cause": "unknown"}).encode()
QUESTION = json.dumps({"query": "select 1 as one"}).encode()
WISH = json.dumps({"trace_ids": []}).encode()
DOORS = [
    pytest.param("/v1/traces", traces(1, 2).SerializeToString(), PROTOBUF, id="traces"),
    pytest.param("/v1/logs", b"{}", JSON, id="logs"),
    pytest.param("/v1/metrics", b"{}", JSON, id="metrics"),
    pytest.param("/v1/changes", CHANGE, JSON, id="changes"),
    pytest.param("/v1/labels", LABEL, JSON, id="labels"),
    pytest.param("/v1/judge", WISH, JSON, id="judge"),
    pytest.param("/v1/sql", QUESTION, JSON, id="sql"),
]


def _statuses(running: Running, path: str, body: bytes, *shown: dict[str, str]) -> list[int]:
    return [running.request(path, body, headers)[0].status for headers in shown]


@pytest.mark.parametrize(("path", "body", "kind"), DOORS)
def test_a_foreign_host_is_refused_at_every_door(
    collector: Running, path: str, body: bytes, kind: dict[str, str]
) -> None:
    """DNS rebinding: the page's own name leads to the loopback, its Origin fits, and only Host shows the name."""
    port = collector.http_port
    rebound = kind | {"Host": f"evil.example:{port}", "Origin": f"http://evil.example:{port}"}
    foreign = [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "user@localhost",
        "localhost:x",
        "a b",
    ]
    assert [403] * 7 == _statuses(collector, path, body, rebound, *({**kind, "Host": host} for host in foreign))
    known = ["localhost", "localhost.", "LOCALHOST:1", f"[::1]:{port}", "127.0.0.1", "culpa.localhost", "10.1.2.3:4318"]
    assert {200, 202} >= set(_statuses(collector, path, body, *({**kind, "Host": host} for host in known)))


@pytest.mark.parametrize(("path", "body", "kind"), DOORS)
def test_a_foreign_page_is_refused_at_every_door(
    collector: Running, path: str, body: bytes, kind: dict[str, str]
) -> None:
    """By its Origin, or by what the browser says of where the request was made."""
    origins = [
        "https://evil.example",
        "null",
        "",
        "http://localhost@evil.example",
        "file://",
        "http://localhost.evil.example",
    ]
    assert [403] * 6 == _statuses(collector, path, body, *({**kind, "Origin": origin} for origin in origins))
    assert [403] == _statuses(collector, path, body, {**kind, "Sec-Fetch-Site": "cross-site"})
    own = {**kind, "Origin": collector.url, "Sec-Fetch-Site": "same-origin"}
    assert {200, 202} >= set(_statuses(collector, path, body, own))


@pytest.mark.parametrize(("path", "body", "kind"), DOORS)
def test_what_a_page_may_send_unasked_is_no_content_type_of_ours(
    collector: Running, path: str, body: bytes, kind: dict[str, str]
) -> None:
    """These types need no preflight."""
    simple = [
        "text/plain",
        "text/plain; application/json",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "",
    ]
    assert [415] * 5 == _statuses(collector, path, body, *({**kind, "Content-Type": value} for value in simple))


@pytest.mark.parametrize(("path", "body", "kind"), DOORS)
def test_a_preflight_is_refused(collector: Running, path: str, body: bytes, kind: dict[str, str]) -> None:
    """No answer names an origin, so the browser does not send what was to follow."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer, said = collector.request(path, b"", asked, method="OPTIONS")
    assert (405, "POST", None) == (
        answer.status,
        answer.getheader("allow"),
        answer.getheader("access-control-allow-origin"),
    )
    assert json.loads(said)["message"]


def test_listed_names_and_origins_are_welcome(collect: Callable[..., Running]) -> None:
    """Telemetry of browsers is real: a listed page passes its preflight, and no other does."""
    running = collect("--allowed-hosts", "culpa.internal", "--allowed-origins", "https://shop.example")
    page = {"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer, _ = running.request("/v1/traces", b"", page | asked, method="OPTIONS")
    assert (200, "https://shop.example") == (answer.status, answer.getheader("access-control-allow-origin"))
    sent, _ = running.request("/v1/traces", b"{}", JSON | page | {"Host": "culpa.internal"})
    assert (200, "https://shop.example") == (sent.status, sent.getheader("access-control-allow-origin"))
    for foreign in ("http://shop.example", "https://shop.example.evil.example", "https://evil.example"):
        answer, _ = running.request("/v1/traces", b"", {**asked, "Origin": foreign}, method="OPTIONS")
        assert (answer.status >= 400, None) == (True, answer.getheader("access-control-allow-origin"))
        assert [403] == _statuses(running, "/v1/traces", b"{}", JSON | {"Origin": foreign})


def test_a_token_replaces_the_check_of_names(collect: Callable[..., Running]) -> None:
    """No page has the token, and a collector that wants one may have any name."""
    running = collect(environ={"CULPA_INGEST_TOKEN": "write-me"})
    shown = {"Authorization": "Bearer write-me", "Host": "culpa.example"}
    assert [200, 401] == _statuses(running, "/v1/traces", b"{}", JSON | shown, JSON | {"Host": "culpa.example"})
    assert [403] == _statuses(running, "/v1/sql", QUESTION, JSON | {"Host": "culpa.example"})
