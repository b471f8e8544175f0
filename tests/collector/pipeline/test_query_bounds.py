"""A query that takes too much ends itself and nothing else."""

import json
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from .conftest import Running
from .payload import traces

ENDLESS = "select count(*) as n from range(1000000) as a cross join range(1000000) as b where a.range % 7 = b.range % 5"

HUNGRY = [
    "select len(range(2000000000))",
    "select len(repeat('abc', 1000000000))",
    "select list(range::varchar || repeat('x', 100)) from range(30000000)",
    "select count(distinct md5(range::varchar)) from range(100000000)",
    "select md5(range::varchar) as a from range(50000000) order by a limit 1 offset 49999999",
    "select string_agg(repeat('x', 1000), '') from range(10000000)",
    "select len(lpad('', 2000000000, 'x'))",
    "select len(list_resize([1], 2000000000))",
    "select map_from_entries(list((range, range))) from range(20000000)",
    "select len(array_to_string(range(500000000), ','))",
    "select histogram(range) from range(30000000)",
]
LASTING = [
    ENDLESS,
    "select list_reduce(range(100000000), lambda x, y: x + y)",
    "select sum(jaro_winkler_similarity(repeat('a', 20000) || i, repeat('a', 20000) || (i + 1))) from range(1000000) r(i)",
    "select levenshtein(repeat('ab', 100000), repeat('ba', 100000))",
    "with recursive n as (select 1 as i union all select i from n) select count(*) from n",
]


def _ask(running: Running, sql: str) -> tuple[int, str]:
    body = json.dumps({"query": sql}).encode()
    answer, text = running.request("/v1/sql", body, {"Content-Type": "application/json"})
    return answer.status, str(json.loads(text)["message"]) if answer.status != 200 else ""


def _resident_bytes(running: Running) -> int:
    return int(psutil.Process(running.process.pid).memory_info().rss)


def _below(running: Running) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children(recursive=True)


def test_hunger_ends_the_query_and_costs_the_collector_nothing(collect: Callable[..., Running], tmp_path: Path) -> None:
    """422 with words; no byte is spilled, and the collector's own memory stays what it was."""
    running = collect("--query-memory-bytes", "300000000", "--query-timeout-s", "4")
    assert (200, "") == _ask(running, "select 1")
    before = _resident_bytes(running)
    # The collector itself may commit something meanwhile.
    files = {path.name for path in tmp_path.rglob("*")} | {"hot.duckdb.wal", "hot.duckdb.acknowledged"}
    for sql in HUNGRY:
        status, message = _ask(running, sql)
        assert (422, True) == (status, "memory" in message or "stopped after" in message), (sql, message)
        assert "SET " not in message
    assert _resident_bytes(running) < before + 30_000_000
    assert files >= {path.name for path in tmp_path.rglob("*")}
    assert "Traceback" not in running.log.read_text()


def test_no_query_outlives_its_time(collect: Callable[..., Running]) -> None:
    """Also one that the engine cannot interrupt; its process is gone with it."""
    running = collect("--query-timeout-s", "1")
    for sql in LASTING:
        began = time.monotonic()
        status, message = _ask(running, sql)
        assert (422, True) == (status, "stopped after 1 s" in message or "memory" in message), (sql, message)
        assert time.monotonic() - began < 8, sql
    _until(lambda: 1 == len(_below(running)))


def test_an_answer_of_any_size_passes_through_little_memory(collect: Callable[..., Running]) -> None:
    """One value of 100 MB, and many that nobody takes: neither is held by the collector."""
    running = collect("--query-timeout-s", "20")
    assert (200, "") == _ask(running, "select 1")
    before = _resident_bytes(running)
    assert (200, "") == _ask(running, "select repeat('x', 100000000) as x")
    body = json.dumps({"query": "select repeat('x', 10000) as x from range(1000000)"}).encode()
    with socket.create_connection(("127.0.0.1", running.http_port)) as client:
        head = (
            f"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        )
        client.sendall(head.encode() + b"\r\n\r\n" + body)
        assert b"200 OK" in client.recv(1000)
        time.sleep(2)
        assert _resident_bytes(running) < before + 60_000_000


def test_lasting_queries_do_not_shut_out_short_ones(collect: Callable[..., Running]) -> None:
    """A few that take their whole time, and others are answered beside them."""
    running = collect("--query-timeout-s", "6")
    threads = [threading.Thread(target=_ask, args=(running, ENDLESS)) for _ in range(5)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    for _ in range(5):
        assert (200, "") == _ask(running, "select count(*) from spans")
    assert all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join()


def test_who_goes_away_takes_the_query_along(collect: Callable[..., Running]) -> None:
    """Nobody waits for the answer, so nobody works for it."""
    running = collect("--query-timeout-s", "60")
    assert (200, "") == _ask(running, "select 1")
    body = json.dumps({"query": "select a.range as x from range(1000000) a, range(100000) b"}).encode()
    with socket.create_connection(("127.0.0.1", running.http_port)) as client:
        head = (
            f"POST /v1/sql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        )
        client.sendall(head.encode() + b"\r\n\r\n" + body)
        assert b"200 OK" in client.recv(1000)
    _until(lambda: 1 == len(_below(running)))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_collector_is_the_end_of_its_queries(
    collect: Callable[..., Running], how: signal.Signals
) -> None:
    """At once, without a trace in the log, and no process stays behind, however it ends."""
    running = collect("--query-timeout-s", "60")
    threads = [threading.Thread(target=_ask_in_vain, args=(running,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    _until(lambda: 4 == len(_below(running)))
    below = _below(running)
    began = time.monotonic()
    assert (0 if how == signal.SIGTERM else -how) == running.stop(how)
    assert time.monotonic() - began < 8
    _until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in below))
    for thread in threads:
        thread.join()
    assert "Traceback" not in running.log.read_text()


def test_the_death_of_the_process_that_forks_costs_the_running_queries_alone(collect: Callable[..., Running]) -> None:
    """They fail with words; the next query is answered by another."""
    running = collect("--query-timeout-s", "30")
    failed: list[tuple[int, str]] = []
    thread = threading.Thread(target=lambda: failed.append(_ask(running, ENDLESS)))
    thread.start()
    _until(lambda: len(_below(running)) >= 2)
    for process in _below(running):
        os.kill(process.pid, signal.SIGKILL)
    thread.join()
    assert (503, True) == (failed[0][0], "was replaced" in failed[0][1])
    assert (200, "") == _ask(running, "select 1")
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]


def test_what_a_query_runs_in_has_no_secret_of_the_collector(collect: Callable[..., Running]) -> None:
    """Neither token stands in its environment or on its command line."""
    tokens = {"CULPA_READ_TOKEN": "read-5f3a", "CULPA_INGEST_TOKEN": "ingest-5f3a"}
    running = collect(environ=tokens)
    body = json.dumps({"query": "select 1"}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer read-5f3a"}
    assert 200 == running.request("/v1/sql", body, headers)[0].status
    _until(lambda: 1 == len(_below(running)))
    (process,) = _below(running)
    assert "5f3a" not in json.dumps(process.environ()) + " ".join(process.cmdline())


def test_the_kernel_bounds_what_a_query_runs_in(collect: Callable[..., Running]) -> None:
    """Memory, processor time and files; it goes first where memory runs out, and gets the processor last."""
    running = collect("--query-memory-bytes", "300000000", "--query-timeout-s", "5")
    own = psutil.Process(running.process.pid)
    thread = threading.Thread(target=_ask, args=(running, ENDLESS))
    thread.start()
    _until(lambda: 2 == len(_below(running)))
    query = _below(running)[-1]
    _until(lambda: query.rlimit(resource.RLIMIT_FSIZE) == (0, 0))
    assert (0, 0) == query.rlimit(resource.RLIMIT_CORE)
    assert query.rlimit(resource.RLIMIT_DATA)[1] < own.memory_info().vms + 600_000_000
    assert 5 <= query.rlimit(resource.RLIMIT_CPU)[0] < 120
    assert "1000" == Path(f"/proc/{query.pid}/oom_score_adj").read_text().strip()
    assert query.nice() > own.nice()
    thread.join()


def _ask_in_vain(running: Running) -> None:
    with suppress(OSError):
        _ask(running, ENDLESS)


def _until(holds: Callable[[], bool], most_s: float = 10.0) -> None:
    give_up_at = time.monotonic() + most_s
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


def test_a_text_is_looked_at_until_it_was_answered_once(collect: Callable[..., Running]) -> None:
    """What was answered is known to do no harm; what was refused, or what fails, is looked at again."""
    running = collect()
    for sql in ("select 1 as one", "explain select 1 as one", "-- a word\nselect 1 as one"):
        assert [200, 200, 200] == [_ask(running, sql)[0] for _ in range(3)], sql
    for sql in ("select * from duckdb_settings()", "explain analyze select getenv('HOME')", "select 1; select 2"):
        assert [400, 400] == [_ask(running, sql)[0] for _ in range(2)], sql
    changing = "create table t (a int)"
    assert [400, 400] == [_ask(running, changing)[0] for _ in range(2)]
