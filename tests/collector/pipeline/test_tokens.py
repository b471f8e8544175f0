"""Who may write and who may read."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from culpa.collector.admission import BadTokens, Keyring
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


FIRST, SECOND, THIRD = "first-token-of-shop", "second-token-of-shop", "third-token-of-shop"


def test_tokens_of_a_file_come_and_go_while_it_runs(collect: Callable[..., Running], tmp_path: Path) -> None:
    """The one of the settings stays; a file that makes no sense leaves those of before."""
    listed = tmp_path / "tokens"
    listed.write_text(f"# who may send\n{FIRST} name=shop\n\n{SECOND}\n")
    running = collect("--ingest-tokens", str(listed), environ={"CULPA_INGEST_TOKEN": "own"})
    body = traces(1, 2).SerializeToString()

    def statuses() -> list[int]:
        return [running.export(body, Authorization=f"Bearer {token}")[0] for token in ("own", FIRST, SECOND, THIRD)]

    assert [200, 200, 200, 403] == statuses()
    listed.write_text(f"{SECOND}\n{THIRD}\n")
    time.sleep(1.2)
    assert [200, 403, 200, 200] == statuses()
    listed.write_text("short\n")
    time.sleep(1.2)
    assert [200, 403, 200, 200] == statuses()
    log = running.log.read_text()
    assert "line 1: a token has at least 16 characters" in log
    assert not any(token in log for token in (FIRST, SECOND, THIRD, "short\n"))


def test_a_token_bounds_what_its_sender_brings(collect: Callable[..., Running], tmp_path: Path) -> None:
    """Whoever brings too much is asked to wait, on both transports; the others are not."""
    listed = tmp_path / "tokens"
    body = traces(1, 200).SerializeToString()
    listed.write_text(f"{FIRST} name=loud bytes_per_s={len(body) // 5}\n{SECOND}\n")
    running = collect("--ingest-tokens", str(listed))
    assert 200 == running.export(body, Authorization=f"Bearer {FIRST}")[0]
    headers = {"Content-Type": "application/x-protobuf", "Authorization": f"Bearer {FIRST}"}
    answer, text = running.request("/v1/traces", body, headers)
    assert 429 == answer.status
    assert 1 <= int(answer.headers["Retry-After"]) <= 5
    assert b"loud may send" in text
    with grpc.insecure_channel(f"127.0.0.1:{running.grpc_port}") as channel:
        call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError) as refused:
            call(body, timeout=20, metadata=(("authorization", f"Bearer {FIRST}"),))
        assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused.value.code()  # type: ignore[attr-defined]  # of a call
    assert 200 == running.export(body, Authorization=f"Bearer {SECOND}")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no token in it"),
        ("short", "line 1: a token has at least 16 characters"),
        (f"{FIRST}\n{SECOND} rate=7", "line 2: behind the token only name=… and bytes_per_s=NUMBER may stand"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_at_the_start(tmp_path: Path, text: str, said: str) -> None:
    """With its line, and never with what may be half of a token."""
    listed = tmp_path / "tokens"
    listed.write_text(text)
    with pytest.raises(BadTokens, match=re.escape(said)) as error:
        Keyring("", str(listed))
    assert "rate" not in str(error.value).partition(": ")[2].replace("bytes_per_s", "")
