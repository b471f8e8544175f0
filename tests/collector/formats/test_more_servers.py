"""The logs that real web servers and PostgreSQL write without being told how."""

import importlib.util
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from culpa.collector.formats import LineSplitter, RecordAssembler, Source, by_name, recognise, tables_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
COMMENT = f"/*traceparent='00-{TRACE}-{SPAN}-01'*/"


def _module(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up.
    sys.modules[name] = found
    spec.loader.exec_module(found)
    return found


def read_as(format_name, path, file_name=None):
    known = by_name(format_name)
    content = path.read_bytes()
    assert known is recognise(file_name or path.name, content.decode().split("\n")[:20])
    records = RecordAssembler(known)
    found = [record for line in LineSplitter().feed(content) for record in records.add(line)]
    rows = [known.read(record, Source(path.name)) for record in [*found, *records.flush()]]
    return [row for row in rows if row is not None]


def attributes_of(row):
    return dict(zip(row.attr_keys, row.attr_vals, strict=True))


def _eventually(rows, at_least):
    deadline = time.monotonic() + 10
    while len(found := rows()) < at_least and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_nginx_s_own_access_format_says_what_was_asked_and_answered(nginx) -> None:
    """Ids are derived, and escapes read as the bytes that the client sent."""
    before = time.time_ns()
    assert 502 == nginx.get("/down?a=1", User_Agent='say "hi" \xc3\xa9')
    path = nginx.folder / "combined.log"
    [row] = _eventually(
        lambda: [
            row
            for row in (read_as("nginx_combined", path) if path.exists() and path.read_bytes() else [])
            if 'say "hi" é' == attributes_of(row).get("user_agent.original")
        ],
        1,
    )
    assert ("GET", "/down", 502) == (row.http_request_method, row.url_path, row.http_response_status_code)
    assert "a=1" == attributes_of(row)["url.query"]
    assert 32 == len(row.trace_id) and 16 == len(row.span_id)
    assert abs(row.start_time - before) < 2_000_000_000


def test_apache_s_own_formats_are_told_from_nginx_s(apache) -> None:
    """The access line gives the status; the error line gives the reason and the address."""
    assert 503 == apache.get("/down", User_Agent='say "hi"')
    path = apache.folder / "apache-combined.log"
    row = _eventually(
        lambda: [
            row
            for row in (read_as("apache_combined", path) if path.exists() and path.read_bytes() else [])
            if 'say "hi"' == attributes_of(row).get("user_agent.original")
        ],
        1,
    )[-1]
    assert ("/down", 503, "apache") == (row.url_path, row.http_response_status_code, row.service_name)
    errors = read_as("apache_error", apache.folder / "error.log")
    refused = [row for row in errors if row.error_code == "AH00957"][-1]
    assert f"http://127.0.0.1:{apache.dead_port}" == refused.upstream_address
    assert refused.body.startswith("(111)Connection refused: AH00957: http: attempt to connect")
    ready = next(row for row in errors if row.event_name == "server.ready")
    assert refused.process_pid != ready.process_pid > 0


@pytest.fixture(scope="module")
def postgres_logs(tmp_path_factory):
    """Return the three logs of a server that met an error, a slow statement, a refusal, a deadlock, a crash."""
    folder = tmp_path_factory.mktemp("postgres")
    with _module("postgres_server").running_postgres(folder) as server:
        fail_in_all_ways(server)
        time.sleep(1)
        kept = tmp_path_factory.mktemp("logs")
        for suffix in ("log", "csv", "json"):
            shutil.copy(server.log(suffix), kept / f"postgresql.{suffix}")
    return kept


def fail_in_all_ways(server) -> None:
    with psycopg.connect(server.dsn, autocommit=True, application_name='shop, "x" [1]') as connection:
        connection.execute("create table acct (id int primary key, name text)")
        connection.execute("create role keyless login password 'x'")
        connection.execute("insert into acct values (1, 'a'), (2, 'b')")
        for statement in (
            f"insert into acct values (1,'jo.doe@example.com')\n {COMMENT}",
            f"select * from nosuch {COMMENT}",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        connection.execute(f"select pg_sleep(0.2),\n '2026-11-24 10:00:00.000 UTC,\"x' {COMMENT}")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn.replace("user=boss", "user=keyless"), password="bad")
    _deadlock(server)
    with psycopg.connect(server.dsn) as victim:
        threading.Timer(0.2, os.kill, (victim.info.backend_pid, signal.SIGKILL)).start()
        with pytest.raises(psycopg.OperationalError):
            victim.execute(f"select pg_sleep(9), 'jo.doe@example.com' {COMMENT}")


def _deadlock(server) -> None:
    with psycopg.connect(server.dsn) as one, psycopg.connect(server.dsn) as other:
        one.execute("update acct set name = 'x' where id = 1")
        other.execute("update acct set name = 'x' where id = 2")
        failed = []

        def crosswise(connection, number):
            try:
                connection.execute(f"update acct set name = 'jo.doe' where id = {number} {COMMENT}")
            except psycopg.Error as error:
                failed.append(error.sqlstate)
                connection.rollback()

        threads = [threading.Thread(target=crosswise, args=pair) for pair in ((one, 2), (other, 1))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert ["40P01"] == failed


def test_postgresql_s_three_formats_tell_the_same(postgres_logs) -> None:
    """The same records with the same columns; only text lacks the client's port and the kind of process."""

    def told(row):
        attributes = attributes_of(row)
        attributes.pop("client.port", None)
        attributes.pop("postgresql.backend_type", None)
        session = row.connection_id if "client.address" in attributes else ""
        return (row.time, row.trace_id, row.span_id, row.severity_number, row.body, row.event_name,
                row.process_pid, session, row.error_code, attributes)  # fmt: skip

    # Two processes that speak at the same time may stand in another order in each file.
    text, csv, json = (
        sorted(
            (told(row) for row in read_as(f"postgresql_{name}", postgres_logs / f"postgresql.{suffix}")),
            key=lambda row: (row[0], row[6]),
        )
        for name, suffix in (("stderr", "log"), ("csv", "csv"), ("json", "json"))
    )
    assert text == csv
    assert csv == json


def test_what_postgresql_says_is_known_for_what_it_means(postgres_logs) -> None:
    """Codes, events, the trace that the application wrote into its SQL, and who it was."""
    rows = read_as("postgresql_csv", postgres_logs / "postgresql.csv")
    by_event = {}
    for row in rows:
        by_event.setdefault(row.event_name, []).append(row)
    duplicate, missing = by_event["query.failed"]
    assert ["23505", "42P01"] == [duplicate.error_code, missing.error_code]
    assert (TRACE, SPAN) == (duplicate.trace_id, duplicate.span_id)
    assert ('shop, "x" [1]', "boss", "postgres") == tuple(
        attributes_of(duplicate)[key] for key in ("db.application_name", "db.user", "db.namespace")
    )
    [slow] = by_event["slow.query"]
    assert 200 <= float(attributes_of(slow)["duration_ms"]) < 2_000 and slow.trace_id == TRACE
    assert "28P01" == by_event["connection.refused"][0].error_code
    assert "40P01" in {row.error_code for row in by_event["deadlock"]}
    [crash] = by_event["server.crashed"]
    assert (TRACE, "9") == (crash.trace_id, attributes_of(crash)["process.killed.signal"])
    assert {"server.started", "server.ready", "server.recovering"} <= by_event.keys()


def test_postgresql_s_idle_talk_is_dropped_and_its_data_redacted(postgres_logs) -> None:
    """Connections that come and go are no rows, and no value of a statement reaches a table."""
    for name, suffix in (("stderr", "log"), ("csv", "csv"), ("json", "json")):
        content = (postgres_logs / f"postgresql.{suffix}").read_text()
        assert "connection authorized" in content and "jo.doe" in content
        rows = read_as(f"postgresql_{name}", postgres_logs / f"postgresql.{suffix}")
        stored = str([table.to_pylist() for table in tables_of(rows).values()])
        assert "connection authorized" not in stored and "jo.doe" not in stored
        assert "update acct set name" in stored
