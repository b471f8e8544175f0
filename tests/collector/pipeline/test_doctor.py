"""`culpa doctor collector` says in a line each how a collector is, and what to do about it."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.instrumentation.cli import main

from .conftest import Running, free_port
from .payload import traces
from .test_tls import pair as pair

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Doctor:
    """Run it in an empty folder, with settings; return its status and what it says."""

    def run(*words: str, **settings: object) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        for name, value in settings.items():
            monkeypatch.setenv(f"CULPA_{name.upper()}", str(value))
        status = main(["doctor", "collector", *words])
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def test_a_running_one_is_asked(doctor: Doctor, collect: Callable[..., Running]) -> None:
    """Health, clock, version, disk, who sends, what was rejected."""
    running = collect()
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]
    assert 400 == running.export(b"no protobuf")[0]
    status, said = doctor(running.url)
    assert 0 == status, said
    for line in (
        "well       health: a collector answers at",
        "well       ready: ",
        "well       clock: ",
        "well       version: ",
        "well       reading: ",
        "well       sending: ",
        "well       services: 1 sent something in the last 15 min",
        "note       rejected: 1 requests got 400\n           do: ",
        "disk: the store has ",
        "nothing is wrong",
    ):
        assert line in said
    assert 10 == running.count()


def test_a_token_that_is_missing_is_told(doctor: Doctor, collect: Callable[..., Running]) -> None:
    """With the variable to set; with both tokens all is well."""
    running = collect(environ={"CULPA_READ_TOKEN": "read-me", "CULPA_INGEST_TOKEN": "write-me"})
    status, said = doctor(running.url)
    assert (1, True, True) == (status, "do: set CULPA_READ_TOKEN" in said, "set CULPA_INGEST_TOKEN" in said), said
    status, said = doctor(running.url, read_token="read-me", ingest_token="write-me")
    assert 0 == status, said


def test_what_is_wrong_with_it_is_told_first(doctor: Doctor, collect: Callable[..., Running]) -> None:
    """Here: less disk is free than it wants."""
    running = collect("--min-free-bytes", str(2**60))
    status, said = doctor(running.url)
    assert (1, True) == (status, said.startswith("WRONG      store: ")), said


def test_a_certificate_is_looked_at(
    doctor: Doctor, collect: Callable[..., Running], pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends in two days; one that nobody here trusts is wrong."""
    running = collect("--tls-cert", str(pair[0]), "--tls-key", str(pair[1]))
    url = f"https://localhost:{running.http_port}"
    status, said = doctor(url)
    assert (1, True) == (status, "WRONG      certificate: it is not trusted here" in said), said
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    status, said = doctor(url)
    assert (0, True) == (status, "note       certificate: it holds until" in said), said


def test_who_is_no_collector_is_told_apart(doctor: Doctor) -> None:
    """And so is an address that is none."""
    status, said = doctor(f"http://127.0.0.1:{free_port()}")
    assert (1, True) == (status, "do: start it (culpa collect)" in said), said
    status, said = doctor("nginx.conf")
    assert (2, True) == (status, "is no address of a collector" in said), said


def test_settings_are_looked_at(doctor: Doctor, tmp_path: Path) -> None:
    """Before anything is started: the store's folder, ports, files of secrets."""
    tokens = tmp_path / "tokens"
    tokens.write_text("a-token-of-many-letters\n")
    tokens.chmod(0o600)
    ports = {"http_port": free_port(), "grpc_port": free_port()}
    status, said = doctor(min_free_bytes=0, keep_free_bytes=0, store=tmp_path / "store", ingest_tokens=tokens, **ports)
    assert 0 == status, said
    assert not (tmp_path / "store").exists()
    for line in ("well       store: ", "well       ingest_tokens: ", "well       http_port: ", "well       files: "):
        assert line in said
    tokens.chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, said = doctor(grpc_port=taken.getsockname()[1], keep_free_bytes=2**60)
    assert 1 == status
    assert f"do: chmod 600 {tokens}" in said
    assert "WRONG      grpc_port: " in said and "is in use" in said
    assert "less than keep_free_bytes" in said
    assert 1 == doctor(http_port="many")[0]


def test_the_one_that_runs_here_has_its_ports_by_right(doctor: Doctor, collect: Callable[..., Running]) -> None:
    """It is found by the settings, and asked."""
    running = collect()
    status, said = doctor(http_port=running.http_port, grpc_port=running.grpc_port, store=running.store)
    assert (0, True) == (status, "a collector answers at" in said), said
    assert "is in use" not in said
