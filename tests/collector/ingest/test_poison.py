"""A line that cannot be read, or of which no row can be made, costs no other; what is not stored is read again."""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from culpa.collector.formats import Row, Source, _tables, by_name, read_alone
from culpa.collector.formats._format import Record
from culpa.collector.tail import Tailer, read_positions
from culpa.store import DuckDBStore, StoreUnavailable

from .followed import POLL_S, Followed, line

_LONG = "9" * 4301
_NGINX = "2026/11/22 10:00:00 [error] {}#0: *1 connect() failed (111: Connection refused) while connecting to upstream"
_STACK = (
    "[22-Nov-2026 10:00:00 UTC] PHP Fatal error:  Uncaught E: no in /app/x.php:{0}\nStack trace:\n"
    "#0 /app/y.php({0}): f()\n#1 {{main}}\n  thrown in /app/x.php on line {0}"
)


@pytest.mark.parametrize(("entry", "text"), [("nginx_error", _NGINX), ("php_errors", _STACK)])
def test_numbers_of_any_length_in_a_followed_log_cost_only_themselves(tmp_path: Path, entry: str, text: str) -> None:
    """A hundred entries of a followed log were lost for one line number of 4,301 digits."""
    followed = Followed(tmp_path, entry)
    lines = [text.format(number) for number in range(1, 52)] + [text.format(_LONG)]
    lines += [text.format(number) for number in range(52, 101)]
    followed.log.write_text("\n".join(lines) + "\n")
    followed.start()
    found = followed.wait_for(101, "logs", "process_pid")
    followed.stop()
    assert 101 == len(found)
    if entry == "nginx_error":
        assert [*range(1, 101)] == sorted(pid for pid in map(int, found) if pid)
        assert followed.tailer is not None
        assert 1 == followed.tailer.unreadable[str(followed.log)]
        assert 1 == sum(_LONG[:8000] in body for body in followed.paths("logs", "body"))
    followed.writer.close()
    followed.store.close()


def test_numbers_of_any_length_in_a_recorded_log_cost_only_themselves(
    ingest: Callable[..., Any], tmp_path: Path
) -> None:
    """They are counted and told, and the line itself is kept."""
    path = tmp_path / "error.log"
    path.write_text("\n".join(_NGINX.format(pid) for pid in (1, _LONG, 2)) + "\n")
    done = ingest(path, "--format", "nginx_error")
    assert 3 == done.count("logs")
    assert "error.log:2: kept as it is: nginx_error: a process number of 4301 digits" in done.stderr
    assert "skipped 1 bad line" in done.stderr


@pytest.mark.parametrize("name", ["nginx_error", "nginx_access", "apache_access", "postgresql_json", "php_errors"])
def test_a_line_that_is_none_of_its_format_is_kept_without_its_secrets(
    ingest: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    """It was counted, told and dropped. Half a line of JSON may hold what a whole one does."""
    path = tmp_path / "some.log"
    path.write_text('{"half": "of a line", "password": "Tr0ub4dor", "more\n')
    done = ingest(path, "--format", name)
    assert "kept as it is" in done.stderr
    assert 1 == done.count("logs where body like '%of a line%' and body not like '%Tr0ub4dor%'")


def test_rows_of_which_no_table_can_be_made_cost_only_themselves(
    followed: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake of ours that only one row brings to light; it is counted."""
    real = _tables._tables

    def fail(rows: Sequence[Row]) -> dict[str, pa.Table]:
        if any(getattr(row, "url_path", "") == "/bad" for row in rows):
            raise RuntimeError("a mistake of ours")
        return real(rows)

    monkeypatch.setattr(_tables, "_tables", fail)
    followed.write(*(f"n{number}" for number in range(30)), "bad", *(f"m{number}" for number in range(30)))
    followed.start()
    assert 60 == len(followed.wait_for(60))
    assert followed.tailer is not None
    assert {str(followed.log): 1} == dict(followed.tailer.unreadable)


def test_lines_are_read_again_when_handing_them_over_failed(
    followed: Followed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever was raised: the position moves only after the rows are safe."""
    real, failures = Tailer._rows, [1]

    def fail(tailer: Tailer, *arguments: Any) -> list[Row]:
        if failures:
            failures.pop()
            raise RuntimeError("a mistake of ours")
        return real(tailer, *arguments)

    monkeypatch.setattr(Tailer, "_rows", fail)
    followed.write("a", "b", "c")
    followed.start()
    assert ["/a", "/b", "/c"] == followed.wait_for(3)
    assert "it is tried again" in caplog.text


def test_lines_that_were_not_stored_before_the_end_are_not_passed_over(tmp_path: Path) -> None:
    """The store fails once while the tailer stops, and takes what comes next: that must not be stored without them."""
    log = tmp_path / "access.log"
    log.write_text("\n".join(map(line, ["a", "b"])) + "\n")
    store = DuckDBStore(tmp_path / "store.duckdb", writable=True)
    answers: list[str] = []

    def submit(tables: Any, _: frozenset[str]) -> Future[None]:
        done: Future[None] = Future()
        if not answers:
            answers.append("refused")
            tailer._stopping.set()
            with log.open("a") as file:
                file.write(line("c") + "\n")
            done.set_exception(StoreUnavailable("for now"))
        else:
            answers.append("stored")
            store.write(tables)
            done.set_result(None)
        return done

    tailer = Tailer([f"nginx_access={log}"], submit, poll_s=POLL_S)
    tailer.start()
    time.sleep(20 * POLL_S)
    tailer.stop()
    again = Tailer([f"nginx_access={log}"], submit, positions=read_positions(store), poll_s=POLL_S)
    again.start()
    time.sleep(20 * POLL_S)
    again.stop()
    paths = [row["url_path"] for row in store.query("select url_path from access order by url_path").to_pylist()]
    store.close()
    assert ["/a", "/b", "/c"] == paths


_HOSTILE = [
    "9" * 10_000,
    "-1",
    "0",
    "1e309",
    "NaN",
    "-inf",
    "99999999999999999999",
    "٣",
    "\ud83d",
    "\0",
    "4294967296",
    str(2**63 - 1),
    "70000",
]


@pytest.mark.parametrize(
    "name",
    [
        *("status", "pid", "ts", "duration", "request_time", "connection", "size", "server_port"),
        *("ts_us", "end_us", "dur_us", "keepalive", "bytes", "port", "connection_requests"),
    ],
)
def test_any_value_of_a_json_line_gives_rows_that_a_store_takes(tmp_path: Path, name: str) -> None:
    """As text and as number, in the formats whose lines are JSON."""
    store_tables: list[Row] = []
    for known in ("nginx_access", "apache_access", "caddy_access", "postgresql_json", "laravel_json"):
        for written in chain.from_iterable((json.dumps(value), value) for value in _HOSTILE):
            text = f'{{"ts":1795334722.8,"request":{{"uri":"/a"}},"request_uri":"/a","status":500,"{name}":{written}}}'
            row, _ = read_alone(by_name(known), Record(text, 0, len(text), 1), Source("x", None, 10**18))
            store_tables += [row] if row else []
    lost: list[Row] = []
    tables = _tables.tables_of(store_tables, lost)
    assert not lost
    with DuckDBStore(tmp_path / "one.duckdb", writable=True, threads=1) as store:
        store.write(tables)
        for relation in tables:
            assert tables[relation].num_rows == store.query(f"select * from {relation}").num_rows


def test_a_bad_export_of_a_file_costs_no_other_and_metrics_count_once(
    ingest: Callable[..., Any], export: Any, tmp_path: Path
) -> None:
    """Points have no key: an export of which a part was refused is not read a second time."""
    path = tmp_path / "metrics.jsonl"
    broken = json.loads(export(2, "metrics"))
    metric = broken["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    metric.append({"name": "bad", "gauge": {"dataPoints": [{"asInt": "much"}]}})
    path.write_text("\n".join([export(1, "metrics"), json.dumps(broken), "{broken", export(3, "metrics")]) + "\n")
    for _ in range(2):
        done = ingest(path)
        assert 3 == done.count("metric_points")
    assert 0 == done.status
