"""`POST /v1/changes` and `culpa change`: what people tell is durable before they are answered."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from culpa.collector.receivers._telling import BadBody
from culpa.collector.receivers.changes import change_row
from culpa.store import DuckDBStore, RemoteStore

from .conftest import Running

JSON = {"Content-Type": "application/json"}


def _tell(collector: Running, told: object, **headers: str) -> tuple[int, dict[str, object]]:
    answer, body = collector.request("/v1/changes", json.dumps(told).encode(), JSON | headers)
    return answer.status, json.loads(body)


def test_a_change_survives_a_crash_right_after_the_answer(collect: Callable[..., Running]) -> None:
    """200 means that it is on the disk."""
    running = collect()
    told = {"service": "checkout", "kind": "flag", "description": "new basket on", "attributes": {"flag": "basket"}}
    assert 200 == _tell(running, told | {"time": "2026-03-01T10:00:00Z"})[0]
    running.stop(signal.SIGKILL)
    with DuckDBStore(running.store) as store:
        [row] = store.query("select *, epoch_ns(time) as ns from changes").to_pylist()
    assert ("checkout", "flag", "new basket on", "told") == (
        row["service_name"],
        row["kind"],
        row["description"],
        row["source"],
    )
    assert 1_772_359_200_000_000_000 == row["ns"]
    assert [("flag", "basket")] == row["attributes"]


def test_a_change_that_is_sent_twice_is_one(collector: Running) -> None:
    """A sender that got no answer tries again."""
    told = {"description": "rotated the certificates", "kind": "infra", "time": "2026-03-01T11:00:00Z"}
    assert [200, 200] == [_tell(collector, told)[0], _tell(collector, told)[0]]
    found = RemoteStore(collector.url).query("select 1 from changes where description = 'rotated the certificates'")
    assert 1 == found.num_rows


def test_secrets_are_redacted_before_they_are_stored(collector: Running) -> None:
    """A description is text that somebody pasted."""
    told = {"description": "set DATABASE_URL=postgresql://shop:hunter2@db/shop", "attributes": {"password": "hunter2"}}
    assert 200 == _tell(collector, told)[0]
    found = RemoteStore(collector.url).query("select description, attributes from changes").to_pylist()
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"description": ""},
        {"description": 7},
        {"description": "x", "kind": "party"},
        {"description": "x", "time": "yesterday"},
        {"description": "x", "time": True},
        {"description": "x", "time": 2**70},
        {"description": "x", "time": -1},
        {"description": "x", "attributes": ["a"]},
        {"description": "x", "attributes": {"a": {"b": 1}}},
        {"description": "x" * 1001},
        {"description": "x", "sevice": "checkout"},
    ],
)
def test_what_is_no_change_is_refused_with_a_reason(told: object) -> None:
    """Nothing is stored of it, and the sender learns what is wrong."""
    with pytest.raises(BadBody, match=r"\w{3,}"):
        change_row(told, 1)


def test_bad_requests_get_the_right_status(collector: Running) -> None:
    """400 for what is no change, 415 for another type, 413 for too much."""
    assert 400 == _tell(collector, {"description": ""})[0]
    assert 400 == collector.request("/v1/changes", b"{", JSON)[0].status
    assert 400 == collector.request("/v1/changes", b"[" * 50_000, JSON)[0].status
    assert 200 == _tell(collector, {"description": "half a \ud800 character"})[0]
    assert 415 == collector.request("/v1/changes", b"{}", {"Content-Type": "text/plain"})[0].status
    assert 413 == collector.request("/v1/changes", b" " * 70_000, JSON)[0].status


def _change(*arguments: str, **environ: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "change", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environ}, timeout=120)
    return done.returncode, done.stderr


def test_the_command_tells_a_collector_that_wants_a_token(collect: Callable[..., Running]) -> None:
    """The ingest token, and not the reader's."""
    running = collect(environ={"CULPA_INGEST_TOKEN": "write-me", "CULPA_READ_TOKEN": "read-me"})
    told = ("more memory for the cache", "--service", "redis", "--kind", "infra", "--store", running.url)
    status, text = _change(*told, CULPA_INGEST_TOKEN="read-me")
    assert (2, True) == (status, "ingest_token" in text)
    status, text = _change(*told, "--at", "2026-03-01T10:00:00Z", CULPA_INGEST_TOKEN="write-me")
    assert (0, True) == (status, "kept: infra of redis at 2026-03-01T10:00:00Z" in text), text
    [row] = RemoteStore(running.url, token="read-me").query("select * from changes").to_pylist()
    assert ("redis", "more memory for the cache") == (row["service_name"], row["description"])


def test_the_command_needs_a_collector() -> None:
    """A file has nobody who redacts; an address where nobody listens is said in one line."""
    status, text = _change("x", "--store", "./culpa-store")
    assert (2, True) == (status, "--store http://" in text)
    status, text = _change("x", "--store", "http://127.0.0.1:9")
    assert (2, True) == (status, "is `culpa collect` running there?" in text)
