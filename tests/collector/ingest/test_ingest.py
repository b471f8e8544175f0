"""`culpa ingest` on files as they are: whole, compressed, damaged, of every kind."""

import gzip
import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import zstandard
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

NGINX = '{"ts":"1795334722.820","connection":%d,"request_uri":"/a","method":"GET","status":502,"completion":"OK"}'
REQUESTS = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
MAIN = {"traces": "spans", "logs": "logs", "metrics": "metric_points"}


def as_protobuf(export, number: int, signal: str) -> bytes:
    body = json.loads(export(number, signal))
    # json_format reads bytes as base64; OTLP writes ids in hex.
    message = json_format.ParseDict(_base64_ids(body), REQUESTS[signal]())
    return message.SerializeToString()


def _base64_ids(value):
    import base64

    if isinstance(value, dict):
        return {
            key: base64.b64encode(bytes.fromhex(each)).decode() if key in {"traceId", "spanId"} else _base64_ids(each)
            for key, each in value.items()
        }
    return [_base64_ids(each) for each in value] if isinstance(value, list) else value


def framed(*bodies: bytes) -> bytes:
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


def test_a_folder_of_telemetry_becomes_one_judged_segment(ingest, export, tmp_path) -> None:
    """All signals and logs of any name and depth are read; each failure has its verdict; stdout is clean."""
    folder = tmp_path / "recorded"
    (folder / "deep").mkdir(parents=True)
    (folder / "otlp.jsonl").write_text("\n".join(export(n, s) for n, s in enumerate(MAIN, 1)) + "\n")
    (folder / "deep" / "what-ever").write_text("\n".join(NGINX % n for n in range(3)))
    (folder / "error.log").write_text("2026/11/22 08:06:21 [notice] 1#1: start\n2026/11/22 08:06:22 [alert] 1#1: end\n")
    done = ingest(folder)
    assert (0, "") == (done.status, done.stdout)
    counts = {
        name: done.count(name) for name in ("spans", "exceptions", "resources", "access", "logs", "metric_points")
    }
    assert {"spans": 1, "exceptions": 1, "resources": 1, "access": 3, "logs": 3, "metric_points": 1} == counts
    assert 4 == done.count("verdicts where settled")
    assert "1 spans, 3 log records, 3 access lines, 1 exceptions, 1 metric points, 4 failures judged in" in done.stderr


def test_reading_the_same_again_adds_nothing(ingest, export, tmp_path) -> None:
    """Whatever the file is called or compressed with by then."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "otlp.jsonl").write_text("\n".join(export(n, s) for n, s in enumerate(MAIN, 1)))
    (folder / "access.log").write_text("\n".join(NGINX % 1 for _ in range(3)) + "\n")
    first = ingest(folder)
    before = {
        name: first.count(f"data.{name}")
        for name in ("spans", "exceptions", "resources", "access", "logs", "metric_points")
    }
    (folder / "access.log.1.gz").write_bytes(gzip.compress((folder / "access.log").read_bytes()))
    (folder / "access.log").unlink()
    (folder / "otlp.jsonl").rename(folder / "other.jsonl")
    again = ingest(folder)
    assert before == {name: again.count(f"data.{name}") for name in before}
    assert (0, 3) == (again.status, before["access"])
    assert "0 spans, 0 log records, 0 access lines, 0 exceptions, 6 known already" in again.stderr


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
def test_compression_is_told_by_the_bytes(compress, ingest, export, tmp_path) -> None:
    """Not by the name; several members in one file are one stream."""
    path = tmp_path / "no-suffix"
    path.write_bytes(compress((export(1) + "\n").encode()) + compress((export(2) + "\n").encode()))
    assert 2 == ingest(path).count("spans")


@pytest.mark.parametrize(
    ("signal", "name", "compress"),
    [
        ("traces", "exported", bytes),
        ("logs", "exported", zstandard.compress),
        ("metrics", "exported", bytes),
        ("metrics", "metrics.bin", zstandard.compress),
    ],
)
def test_length_prefixed_protobuf_is_read_whatever_signal_it_holds(
    signal, name, compress, ingest, export, tmp_path
) -> None:
    """As the file exporter writes `format: proto`; the name may tell the signal, and need not."""
    path = tmp_path / name.format(signal)
    path.write_bytes(framed(*(compress(as_protobuf(export, n, signal)) for n in (1, 2))))
    done = ingest(path, "--strict")
    assert 0 == done.status, done.stderr
    assert 2 == done.count(MAIN[signal])


def test_a_pretty_printed_export_is_one_document(ingest, export, tmp_path) -> None:
    """What people save from a debugger."""
    path = tmp_path / "traces.json"
    path.write_text(json.dumps(json.loads(export(1)), indent=2))
    assert (0, 1) == ((done := ingest(path, "--strict")).status, done.count("spans"))


def test_bad_lines_are_told_with_file_and_number_and_the_rest_is_kept(ingest, export, tmp_path) -> None:
    """One broken export or line costs nothing else, and --strict tells a script."""
    otlp, log = tmp_path / "otlp.jsonl", tmp_path / "access.log"
    broken = export(2).replace('"spanId"', '"spanId":[],"x"')
    otlp.write_text("\n".join([export(1), broken, "rubbish", "", "{}", export(3), export(4)[:-9]]) + "\n")
    log.write_bytes(b"\n".join([(NGINX % 1).encode(), b"\xff\xfe rubbish", b'{"half":', (NGINX % 4).encode()]))
    done = ingest(otlp, log)
    assert (0, 2, 2) == (done.status, done.count("spans"), done.count("access"))
    for place in (f"{otlp}:2", f"{otlp}:3", f"{otlp}:7", f"{log}:2", f"{log}:3"):
        assert f"{place}: " in done.stderr
    assert "skipped 5 bad lines" in done.stderr
    assert 1 == ingest(otlp, log, "--strict").status


def test_rubbish_in_a_folder_is_counted_and_the_rest_is_kept(ingest, export, tmp_path) -> None:
    """Binary files, ends that are missing, nothing at all: each is told with its name."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    (folder / "a.bin").write_bytes(os.urandom(100_000))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress("\n".join(export(n) for n in range(1, 300)).encode())[:-200])
    (folder / "c.jsonl.zst").write_bytes(zstandard.compress((export(5000) + "\n").encode())[:-5])
    (folder / "d.jsonl").write_text("")
    (folder / "e.txt").write_text("just words\n")
    (folder / "f.pb").write_bytes(framed(as_protobuf(export, 6000, "traces")) + b"\0\0\1\0half")
    (folder / ".hidden").write_text(export(7000))
    os.mkfifo(folder / "pipe")
    done = ingest(folder)
    assert 0 == done.status
    assert 100 < done.count("spans") < 301
    assert 1 == done.count(f"spans where trace_id = '{6000:032x}'")
    assert 0 == done.count(f"spans where trace_id = '{7000:032x}'")
    for name in ("a.bin", "b.jsonl.gz", "c.jsonl.zst", "e.txt", "f.pb", "pipe"):
        assert f"{folder / name}" in done.stderr, name
    assert "d.jsonl" not in done.stderr
    assert "skipped 2 files of unknown format, 4 unreadable files" in done.stderr


def test_the_format_of_a_log_may_be_named(ingest, tmp_path) -> None:
    """Where the first lines do not tell it."""
    path = tmp_path / "x.log"
    path.write_text("rubbish\n" * 30 + NGINX % 1 + "\n")
    assert "unknown format" in ingest(path).stderr
    done = ingest(path, "--format", "nginx_access")
    assert 1 == done.count("access")
    assert "more such lines of this file are only counted" in done.stderr
    assert "skipped 30 bad lines" in done.stderr


def test_local_times_are_read_in_the_zone_that_is_named(ingest, tmp_path) -> None:
    """Recordings are taken for UTC unless told otherwise."""
    path = tmp_path / "error.log"
    path.write_text("2026/07/01 12:00:00 [notice] 1#1: start\n")
    done = ingest(path, "--timezone", "Europe/Vienna")
    assert 1 == done.count("""logs where "time" = timestamp '2026-07-01 10:00:00'""")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "ngnix"], "no server-log format 'ngnix'; known: "),
        (["--timezone", "Mars/Olympus"], "no time zone 'Mars/Olympus'"),
        (["/no/such/file"], "there is nothing at /no/such/file"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_status_2(arguments, said, ingest, tmp_path) -> None:
    """Nothing is made before the arguments are right."""
    done = ingest(tmp_path, *arguments)
    assert 2 == done.status
    assert said in done.stderr
    assert not done.segment.exists()


def test_a_place_that_cannot_be_a_segment_is_one_clear_line_and_status_2(ingest, tmp_path) -> None:
    """Another file is not overwritten."""
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to look at its head")
    for place in (text, tmp_path, text / "below"):
        done = ingest(tmp_path, db=place)
        assert 2 == done.status
        assert 1 == len(done.stderr.splitlines()), done.stderr
        assert str(place) in done.stderr or str(text) in done.stderr
    assert text.read_text().startswith("not a database")


def test_a_segment_that_another_process_holds_is_one_clear_line_and_status_2(ingest, export, tmp_path) -> None:
    """DuckDB's files have one owner."""
    segment = tmp_path / "held.duckdb"
    (tmp_path / "otlp.jsonl").write_text(export(1))
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(segment)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout and b"held" in holder.stdout.readline()
        done = ingest(tmp_path / "otlp.jsonl", db=segment)
        holder.communicate()
    assert 2 == done.status
    assert 1 == len(done.stderr.splitlines())
    assert "in use by another process" in done.stderr


def test_the_segment_may_lie_in_the_folder_that_is_read(ingest, export, tmp_path) -> None:
    """It is not taken for telemetry."""
    (tmp_path / "otlp.jsonl").write_text(export(1))
    assert 0 == ingest(tmp_path, "--strict").status
    assert 0 == ingest(tmp_path, "--strict").status


def test_without_a_settler_everything_is_stored_and_it_is_said(ingest, export, tmp_path, monkeypatch) -> None:
    """The collector's room works without the room that judges."""
    (tmp_path / "otlp.jsonl").write_text(export(1))
    monkeypatch.setattr("culpa.collector.commands.ingest.offered", lambda group: ())
    done = ingest(tmp_path)
    assert (0, 1) == (done.status, done.count("spans"))
    assert "no settler is installed, so nothing is judged: pip install 'culpa[analysis]'" in done.stderr
    assert "failures not judged" in done.stderr


def test_a_settler_that_fails_leaves_what_was_stored(ingest, export, tmp_path, monkeypatch) -> None:
    """The command says so and can be run again."""
    (tmp_path / "otlp.jsonl").write_text(export(1))
    broken = EntryPoint("broken", "math:sqrt", "culpa.settlers")
    with monkeypatch.context() as patched:
        patched.setattr("culpa.collector.commands.ingest.offered", lambda group: (broken,))
        done = ingest(tmp_path)
    assert (2, 1) == (done.status, done.count("spans"))
    assert "everything was stored, but settler broken failed: TypeError" in done.stderr
    assert "1 failures judged" in ingest(tmp_path).stderr


def test_quiet_says_nothing(ingest, tmp_path) -> None:
    """For scripts that look at the status alone."""
    (tmp_path / "e.txt").write_text("just words\n")
    assert (1, "") == ((done := ingest(tmp_path, "--quiet", "--strict")).status, done.stderr)


def test_secrets_of_recorded_logs_are_not_in_the_segment(ingest, tmp_path) -> None:
    """Neither in the bytes nor in the values."""
    path = tmp_path / "access.log"
    path.write_text((NGINX % 1).replace("/a", "/reset?token=hunter2secret") + "\n")
    done = ingest(path)
    assert 1 == done.count("access where url_path = '/reset'")
    assert b"hunter2secret" not in done.segment.read_bytes()
    assert 0 == done.count("access where list_contains(attr_vals, 'token=hunter2secret')")


def test_a_recording_of_the_corpus_is_a_valid_input(ingest, tmp_path) -> None:
    """Its unread logs are counted; its telemetry is in."""
    import tarfile

    with tarfile.open(Path(__file__).parents[2] / "corpus.tar.gz") as corpus:
        wanted = [m for m in corpus.getmembers() if "/nginx/alldown_1/" in m.name or "/apache/p_refused/" in m.name]
        corpus.extractall(tmp_path / "corpus", wanted, filter="data")
    done = ingest(tmp_path / "corpus")
    assert 0 == done.status
    assert 2 == done.count("access where http_response_status_code in (502, 503)")
    assert 4 == done.count("logs where format = 'nginx_error'")
