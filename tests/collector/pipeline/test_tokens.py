"""Who may write and who may read."""

import json
from collections.abc import Callable

import pytest

from culpa.store import RemoteStore, StoreRefused

from .conftest import Running
from .payload import traces

SQL = {"Content-Type": "application/json"}
QUESTION = json.dumps({"query": "select 1 as one"}).encode()
SETTINGS = json.dumps({"query": "select name, value from duckdb_settings()"}).encode()


@pytest.fixture
def guarded(collect: Callable[..., Running]) -> Running:
    return collect(environ={"CULPA_INGEST_TOKEN": "write-me", "CULPA_READ_TOKEN": "read-me"})


def test_ingest_and_reading_have_tokens_of_their_own(guarded: Running) -> None:
    """Missing is 401, wrong is 403, and neither token opens the other's door."""
    body = traces(1, 2).SerializeToString()
    assert [401, 403, 403, 200] == [
        guarded.export(body)[0],
        guarded.export(body, Authorization="Bearer nonsense")[0],
        guarded.export(body, Authorization="Bearer read-me")[0],
        guarded.export(body, Authorization="bearer write-me")[0],
    ]
    statuses = [
        guarded.request("/v1/sql", QUESTION, SQL | shown)[0].status
        for shown in ({}, {"Authorization": "Bearer write-me"}, {"Authorization": "Bearer read-me"})
    ]
    assert [401, 403, 200] == statuses


def test_a_remote_store_shows_its_token(guarded: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """By argument or CULPA_READ_TOKEN; without one it says what to set."""
    monkeypatch.delenv("CULPA_READ_TOKEN", raising=False)
    with pytest.raises(StoreRefused, match="CULPA_READ_TOKEN"):
        RemoteStore(guarded.url).query("select 1")
    assert 1 == RemoteStore(guarded.url, token="read-me").query("select 1 as one").num_rows


def test_no_token_can_be_read_through_sql(guarded: Running) -> None:
    """Settings of the engine are open to every reader."""
    _, answer = guarded.request("/v1/sql", SETTINGS, SQL | {"Authorization": "Bearer read-me"})
    assert b"write-me" not in answer and b"read-me" not in answer


def test_health_needs_no_token(guarded: Running) -> None:
    """Probes have none."""
    assert [200, 200] == [guarded.request(path, method="GET")[0].status for path in ("/healthz", "/readyz")]


def test_a_web_page_may_not_read_where_no_token_is_set(collector: Running) -> None:
    """A page of any site could ask a collector on the loopback of whoever visits it."""
    shown = SQL | {"Origin": "https://evil.example"}
    assert 403 == collector.request("/v1/sql", QUESTION, shown)[0].status
    assert 415 == collector.request("/v1/sql", QUESTION, {"Content-Type": "text/plain"})[0].status
    assert 200 == collector.request("/v1/sql", QUESTION, SQL | {"Origin": "http://localhost:8888"})[0].status
