"""A running collector moves old rows into sealed files, and neither senders nor readers notice."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from culpa.store import DuckDBStore, RemoteStore

from .conftest import Running
from .payload import START_NS, traces
from .test_durability import Load, _expected, _names

#: `make torture` kills it more often.
KILLS = int(os.environ.get("CULPA_KILLS", "2"))
_CHANCE = random.Random(KILLS)
#: Numbers of requests that fail.
_FAILING = 10**10
SOON = ("--seal-rows", "2000", "--seal-quiet-s", "0.3")


def _sealed(store: Path) -> list[str]:
    return [path.name for path in store.glob("sealed-*.duckdb")]


def _wait(is_so: Callable[[], object], running: Running) -> None:
    give_up_at = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < give_up_at, running.log.read_text()
        time.sleep(0.1)


def test_all_that_was_acknowledged_is_there_once_whenever_it_is_killed(collect: Callable[..., Running]) -> None:
    """Rows are sealed under load, and the process is killed in the middle of it; no verdict is lost that anybody saw."""
    acknowledged: list[int] = []
    verdicts, slowest_s = 0, 0.0
    for number in range(KILLS):
        began = time.monotonic()
        # On a busy machine a query beside the load takes long.
        running = collect(*SOON, "--settle-s", "1", "--provisional-s", "0.2", "--query-timeout-s", "120")
        slowest_s = max(slowest_s, time.monotonic() - began)
        assert verdicts <= running.count("verdicts")
        assert 200 == running.export(traces(_FAILING + number, 1, status=500).SerializeToString())[0]
        load = Load(running)
        load._next = iter(range(1 + number * 10**7, 10**7 * (number + 1), 200))
        if number < 2:
            wanted = len(_sealed(running.store)) + 2
            _wait(lambda wanted=wanted, store=running.store: len(_sealed(store)) >= wanted, running)
        else:
            # In the long form at any moment, also of the start.
            time.sleep(_CHANCE.random() * 3)
        seen = running.count()
        assert seen == running.count("(select distinct trace_id, span_id from spans)") or running.count() > seen
        verdicts = running.count("verdicts")
        running.stop(signal.SIGKILL)
        load.join()
        acknowledged += load.acknowledged
    again = collect(*SOON, "--settle-s", "1")
    _wait(lambda: again.count("verdicts") == KILLS, again)
    assert 0 == again.stop()
    names = _names(again.store)
    assert _expected(acknowledged) <= names
    assert {f"GET /{_FAILING + number}" for number in range(KILLS)} <= names
    print(f"killed {KILLS} times, {len(names)} spans; the slowest start took {slowest_s:.1f} s")


def test_what_is_sealed_is_not_stored_again(collect: Callable[..., Running]) -> None:
    """Neither while the collector remembers it, nor after a restart; the same spans come in other bodies."""
    running = collect(*SOON)
    assert 200 == running.export(traces(1, 2500).SerializeToString())[0]
    _wait(lambda: _sealed(running.store), running)
    assert 200 == running.export(traces(1, 2400).SerializeToString())[0]
    assert 2500 == running.count()
    assert 0 == running.stop()
    again = collect(*SOON)
    assert 200 == again.export(traces(100, 2400).SerializeToString())[0]
    assert 2500 == again.count()


def test_a_late_span_finds_its_sealed_trace(collect: Callable[..., Running]) -> None:
    """What failed lies in a sealed file when the request's own span comes: the verdict names it all the same."""
    running = collect(*SOON, "--settle-s", "0.5", "--provisional-s", "0.1")
    assert 200 == running.export(_call().SerializeToString())[0]
    assert 200 == running.export(traces(1000, 2500).SerializeToString())[0]
    _wait(lambda: _sealed(running.store), running)
    assert 200 == running.export(traces(7, 1, status=500).SerializeToString())[0]
    remote = RemoteStore(running.url)
    asked = f"select component, cause from verdicts where trace_id = '{7:032x}' and settled"
    _wait(lambda: remote.query(asked).num_rows, running)
    assert [{"component": "postgresql://db.shop:5432", "cause": "database.unreachable"}] == remote.query(
        asked
    ).to_pylist()


def test_the_log_says_what_was_sealed(collect: Callable[..., Running]) -> None:
    running = collect(*SOON)
    running.export(traces(1, 2500).SerializeToString())
    _wait(lambda: "sealed 2,500 rows into sealed-000001.duckdb" in running.log.read_text(), running)
    assert 0 == running.stop()
    with DuckDBStore(running.store) as store:
        assert [{"rows": 2500, "holds": "everything"}] == store.query("select rows, holds from segments").to_pylist()


def test_a_sealed_file_that_is_gone_is_told_and_the_rest_answers(collect: Callable[..., Running]) -> None:
    running = collect(*SOON)
    for number in range(2):
        running.export(traces(1 + number * 10_000, 2500).SerializeToString())
        _wait(lambda wanted=number + 1, store=running.store: len(_sealed(store)) >= wanted, running)
    assert 0 == running.stop()
    (running.store / "sealed-000001.duckdb").unlink()
    again = collect(*SOON)
    assert 2500 == again.count()
    assert 200 == again.request("/readyz", method="GET")[0].status
    assert b'culpa_trouble{part="sealed"} 1' in again.request("/metrics", method="GET")[1]
    assert "sealed file sealed-000001.duckdb cannot be read, so its 2,500 rows are missing" in again.log.read_text()


def _call() -> ExportTraceServiceRequest:
    """Return the call of trace 7 that failed: no database answered."""
    request = traces(7, 1)
    span = request.resource_spans[0].scope_spans[0].spans[0]
    span.parent_span_id, span.span_id = span.span_id, (7007).to_bytes(8)
    span.kind, span.name, span.status.code = 3, "SELECT shop", 2
    said = {
        "db.system.name": "postgresql",
        "server.address": "db.shop",
        "error.type": "psycopg.OperationalError",
    }
    for key, value in said.items():
        attribute = span.attributes.add()
        attribute.key, attribute.value.string_value = key, value
    port = span.attributes.add()
    port.key, port.value.int_value = "server.port", 5432
    event = span.events.add(name="exception", time_unix_nano=START_NS + 7 * 10**9)
    for key, value in (
        ("exception.type", "psycopg.OperationalError"),
        (
            "exception.message",
            'connection failed: connection to server at "10.0.0.7", port 5432 failed: Connection refused',
        ),
    ):
        attribute = event.attributes.add()
        attribute.key, attribute.value.string_value = key, value
    return request
