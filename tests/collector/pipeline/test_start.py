"""What keeps a collector from starting is said in one line, with exit status 2."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from culpa.instrumentation.cli import main

from .conftest import Running, free_port
from .payload import traces


def _collect(folder: Path, *flags: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", "--grpc-port", "off"]
    done = subprocess.run(
        [*command, "--http-port", str(free_port()), *flags],
        capture_output=True, text=True, timeout=60, cwd=folder, env={"PATH": "", **(environ or {})},
    )  # fmt: skip
    return done.returncode, done.stderr


def _one_line(outcome: tuple[int, str]) -> str:
    status, text = outcome
    lines = [line for line in text.splitlines() if not line.startswith("culpa collect:")]
    assert (2, 1) == (status, len(lines)), text
    return lines[0]


def test_a_port_in_use(tmp_path: Path) -> None:
    """HTTP, and which flag helps."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = _one_line(_collect(tmp_path, "--http-port", port))
    assert port in line and "--http-port" in line


def test_a_grpc_port_in_use(tmp_path: Path) -> None:
    """GRPC would share a port without a word if it were let."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in _one_line(_collect(tmp_path, "--grpc-port", port))


def test_a_store_that_another_process_owns(tmp_path: Path, collect: Callable[..., Running]) -> None:
    """Two collectors on one directory."""
    running = collect()
    assert "in use by another process" in _one_line(_collect(tmp_path, "--store", str(running.store)))


def test_a_file_that_is_no_duckdb_file(tmp_path: Path) -> None:
    """A text file in the place of the store."""
    (tmp_path / "notes.txt").write_text("not a database, but long enough to have a magic number")
    assert "not a DuckDB file" in _one_line(_collect(tmp_path, "--store", "notes.txt"))


def test_a_duckdb_file_that_is_cut_off(tmp_path: Path) -> None:
    """The right magic number with nothing behind it."""
    with duckdb.connect(str(tmp_path / "whole.duckdb")) as connection:
        connection.execute("create table t as select * from range(100000)")
    (tmp_path / "half.duckdb").write_bytes((tmp_path / "whole.duckdb").read_bytes()[:3000])
    assert "half.duckdb" in _one_line(_collect(tmp_path, "--store", "half.duckdb"))


def test_a_store_below_a_file(tmp_path: Path) -> None:
    """A directory that cannot be made."""
    (tmp_path / "file").write_text("")
    assert "cannot make" in _one_line(_collect(tmp_path, "--store", "file/below"))


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        (["--host", "0.0.0.0"], "ingest_token"),
        (["--host", "0.0.0.0", "--ingest-token", "x"], "read_token"),
        (["--host", "192.0.2.1", "--insecure"], "192.0.2.1"),
        (["--tls-cert", "a.pem"], "tls_key"),
        (["--tls-cert", "a.pem", "--tls-key", "b.pem"], "a.pem"),
        (["--linger-s", "soon"], "linger_s"),
        (["--tail", "nonsense"], "nonsense"),
        (["--tail", "no_such_format=/var/log/x"], "no_such_format"),
        (["--store", "http://127.0.0.1:4318"], "--store"),
        (["--config", "nowhere.toml"], "nowhere.toml"),
        (["--retry-after-s", "-3"], "retry_after_s"),
        (["--http-port", "65536"], "http_port"),
        (["--max-body-bytes", "0"], "max_body_bytes"),
        (["--allowed-hosts", "http://culpa.example/"], "allowed_hosts"),
        (["--allowed-origins", "*"], "allowed_origins"),
        (["--allowed-origins", "null"], "allowed_origins"),
    ],
)
def test_settings_that_cannot_work(
    tmp_path: Path,
    flags: list[str],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each is refused in one line before anything is made."""
    monkeypatch.chdir(tmp_path)
    assert 2 == main(["collect", "--grpc-port", "off", "--http-port", "0", *flags])
    lines = [line for line in capsys.readouterr().err.splitlines() if not line.startswith("culpa collect:")]
    assert 1 == len(lines)
    assert word in lines[0]
    assert not (tmp_path / "culpa-store").exists()


def test_beyond_loopback_with_both_tokens_it_listens(collect: Callable[..., Running]) -> None:
    """And does not print them."""
    running = collect(
        "--host", "0.0.0.0", environ={"CULPA_INGEST_TOKEN": "s3cret-in", "CULPA_READ_TOKEN": "s3cret-out"}
    )
    assert "s3cret" not in running.log.read_text()


def test_what_is_stored_is_of_this_user_alone(collect: Callable[..., Running]) -> None:
    """Whatever mask the collector was started with: telemetry is not for everybody on the machine."""
    running = collect()
    assert 200 == running.export(traces(1, 1).SerializeToString())[0]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (running.store, *running.store.iterdir())}
    assert {0o700} == {mode for name, mode in modes.items() if name == running.store.name}
    assert {0o600} == {mode for name, mode in modes.items() if name != running.store.name}
