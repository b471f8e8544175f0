"""`culpa doctor -- COMMAND` names what would stay unseen, before it hurts."""

import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.doctor.program import check_command, interpreter
from culpa.instrumentation.doctor.settings import check_settings
from culpa.instrumentation.doctor.sources import read
from culpa.instrumentation.doctor.spot import Level
from culpa.instrumentation.surroundings.environment import apply_defaults

_BIN = Path(sys.executable).parent
Run = Callable[..., subprocess.CompletedProcess[str]]


def _blind_settings(**given: str) -> list[str]:
    """Return the names that are blind spots in an environment with culpa's defaults."""
    environ = dict(given)
    apply_defaults(environ, ["uvicorn", "shop:app"], Path("/nonexistent"))
    return [spot.about for spot in check_settings(environ) if spot.level is Level.BLIND]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_LOGS_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
        ("OTEL_TRACES_SAMPLER", "parentbased_always_on"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/v1/traces"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://collector:4318"),
        ("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "redis"),
        ("OTEL_PYTHON_DISTRO", "distro"),
    ],
)
def test_a_setting_that_hides_failures_is_a_blind_spot(name: str, value: str) -> None:
    """Each by itself, and none by default."""
    assert [name] == _blind_settings(**{name: value})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"OTEL_TRACES_EXPORTER": "console,otlp"},
        {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "fastapi, starlette,asgi"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example.org/otlp"},
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"},
        {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"},
    ],
)
def test_a_harmless_setting_is_none(given: dict[str, str]) -> None:
    """The gRPC exporter is installed here."""
    assert [] == _blind_settings(**given)


@pytest.mark.parametrize(
    ("command", "about"),
    [
        (["python3", "-I", "app.py"], ["python -I"]),
        (["python3", "-SE", "app.py"], ["python -E", "python -S"]),
        (["gunicorn", "-k", "gevent", "shop:app"], ["gunicorn -k gevent"]),
        (["gunicorn", "--worker-class=eventlet", "shop:app"], ["gunicorn -k eventlet"]),
        (["ddtrace-run", "uvicorn", "shop:app"], ["ddtrace-run"]),
        (["uwsgi", "--module", "shop"], ["uwsgi"]),
        (["gunicorn", "-k", "uvicorn.workers.UvicornWorker", "shop:app"], []),
        (["python3", "app.py", "-I"], []),
        (["python3", "-m", "uvicorn", "shop:app", "--reload"], []),
        (["uwsgi", "--enable-threads", "--module", "shop"], []),
    ],
)
def test_a_command_that_cannot_be_instrumented_is_a_blind_spot(command: list[str], about: list[str]) -> None:
    """By its flags, its kind of workers, or another tracer in it."""
    assert about == [spot.about for spot in check_command(command, {}) if spot.level is Level.BLIND]


def test_the_interpreter_is_the_one_that_runs_the_command(tmp_path: Path) -> None:
    """From the first line of the program, also through env; of others there is none."""
    for name, line in (("direct", f"#!{sys.executable}"), ("by-env", "#!/usr/bin/env python3"), ("shell", "#!/bin/sh")):
        (tmp_path / name).write_text(line + "\n")
        (tmp_path / name).chmod(0o755)
    assert sys.executable == interpreter([str(tmp_path / "direct")])
    assert "python3" == Path(interpreter([str(tmp_path / "by-env")])).name
    assert "" == interpreter([str(tmp_path / "shell")])
    assert "" == interpreter(["ls"])


def test_only_the_programs_own_imports_count(tmp_path: Path) -> None:
    """Not those of tests, of an environment below, of files that are no Python."""
    for name, text in (
        ("app.py", "import grpc.aio\nfrom oracledb import connect\nfrom . import own"),
        ("tests/test_app.py", "import tornado"),
        ("env/lib.py", "import pika"),
        ("broken.py", "import ("),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "env/pyvenv.cfg").touch()
    assert {"grpc", "oracledb"} == read(tmp_path).imported


@pytest.mark.parametrize(
    "line",
    [
        "trace.set_tracer_provider(provider)",
        "set_tracer_provider(TracerProvider())",
        "logfire.configure()",
        "configure_azure_monitor(connection_string=key)",
    ],
)
def test_it_says_whether_the_program_sets_opentelemetry_up(tmp_path: Path, line: str) -> None:
    """With the place; a call of the same name on something else is none."""
    (tmp_path / "shop.py").write_text("logging.configure()\nlogfire = trace.get_tracer_provider()\n")
    assert [] == read(tmp_path).set_up
    (tmp_path / "tracing.py").write_text(f"import os\n{line}\n")
    assert ["tracing.py:2"] == read(tmp_path).set_up


def test_the_doctor_says_which_of_the_two_it_is(tmp_path: Path, sink: Any, run_in: Run) -> None:
    """A note, no blind spot: such a program keeps all that it has."""
    words = [str(_BIN / "culpa"), "doctor", "--endpoint", sink.url, "--", sys.executable, "shop.py"]
    assert "culpa sets it up" in run_in(words, tmp_path).stdout
    (tmp_path / "shop.py").write_text("trace.set_tracer_provider(provider)\n")
    done = run_in(words, tmp_path)
    assert 0 == done.returncode
    assert "the program sets it up itself (shop.py:1): it keeps its provider" in done.stdout


def test_a_service_that_is_seen_whole_has_no_blind_spot(sink: Any, run_in: Run) -> None:
    """The collector answers, every driver that the service imports is instrumented, SQLAlchemy 2.1 too."""
    done = run_in([str(_BIN / "culpa"), "doctor", "--endpoint", sink.url, "--", str(_BIN / "uvicorn"), "more_shop:app"])
    lines = done.stdout.splitlines()
    assert (0, "no blind spot") == (done.returncode, lines[-1]), done.stdout + done.stderr
    (seen,) = [line for line in lines if line.startswith("seen       aio")]
    for library in ("aiomysql", "asyncpg", "fastapi", "psycopg2", "pymongo", "pymysql", "redis", "sqlalchemy"):
        assert f"{library} " in seen


def test_a_collector_that_does_not_answer_is_a_blind_spot(free_port: Any, run_in: Run) -> None:
    """With what to do about it, and exit status 1."""
    endpoint = f"http://127.0.0.1:{free_port()}"
    done = run_in(
        [str(_BIN / "culpa"), "doctor", "--endpoint", endpoint, "--", str(_BIN / "uvicorn"), "flask_shop:app"]
    )
    assert 1 == done.returncode
    assert f"BLIND      collector: {endpoint} does not answer" in done.stdout
    assert "do: start it (culpa collect)" in done.stdout
    assert "1 blind spot" == done.stdout.splitlines()[-1]


def test_an_interpreter_without_culpa_is_a_blind_spot(tmp_path: Path, sink: Any, run_in: Run) -> None:
    """The command may belong to another environment than the doctor's."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv/bin/python"
    done = run_in([str(_BIN / "culpa"), "doctor", "--endpoint", sink.url, "--", str(python), "app.py"], tmp_path)
    assert 1 == done.returncode
    assert f"do: {python} -m pip install culpa" in done.stdout


def test_a_library_out_of_range_is_a_blind_spot_and_said_at_start(tmp_path: Path, sink: Any, run_in: Run) -> None:
    """A redis from before the range: the doctor tells it, the program itself says it in one line."""
    info = tmp_path / "redis-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: redis\nVersion: 2.0\n")
    (tmp_path / "redis.py").write_text("")
    environ = {"PYTHONPATH": str(tmp_path)}
    done = run_in([str(_BIN / "culpa"), "doctor", "--endpoint", sink.url, "--", sys.executable, "app.py"], **environ)
    assert "BLIND      redis: " in done.stdout, done.stdout
    assert 1 == done.returncode
    run = [str(_BIN / "culpa"), "run", "--endpoint", sink.url, "--", sys.executable, "-c", "import redis"]
    said = run_in(run, **environ).stderr
    assert [True] == [line.startswith("culpa: no spans of redis: ") for line in said.splitlines()], said
    (record,) = sink.wait(lambda s: [log for log in s.logs if log.logger == "culpa.instrumentation"])
    assert record.body.startswith("culpa: no spans of redis: ")


def test_the_start_of_a_program_says_its_blind_spots_in_one_line(sink: Any, run_in: Run) -> None:
    """And nothing where there is none."""
    run = [str(_BIN / "culpa"), "run", "--endpoint", sink.url, "--", sys.executable, "-c", "pass"]
    assert "" == run_in(run).stderr
    said = run_in(run, OTEL_TRACES_SAMPLER="always_off", OTEL_LOGS_EXPORTER="none").stderr
    assert 1 == len(said.splitlines())
    assert said.startswith("culpa: blind spots: OTEL_LOGS_EXPORTER, OTEL_TRACES_SAMPLER; `culpa doctor -- ")


def test_a_servers_configuration_is_looked_at_too(tmp_path: Path, run_in: Run) -> None:
    """What it lacks is named with its line; a file that is not there is usage."""
    (tmp_path / "nginx.conf").write_text("events {}\nhttp {\n  server { listen 8080; }\n}\n")
    done = run_in([str(_BIN / "culpa"), "doctor", "nginx", "nginx.conf"], tmp_path)
    assert (1, "nginx.conf:") == (done.returncode, done.stdout[:11]), done.stdout + done.stderr
    assert 2 == run_in([str(_BIN / "culpa"), "doctor", "nginx", "gone.conf"], tmp_path).returncode


@pytest.mark.parametrize(
    ("words", "text"), [([], "nothing to look at"), (["--", "no-such-program"], "no such program on PATH")]
)
def test_what_cannot_be_looked_at_is_usage(words: list[str], text: str, run_in: Run) -> None:
    """Exit status 2."""
    done = run_in([str(_BIN / "culpa"), "doctor", *words])
    assert 2 == done.returncode
    assert text in done.stderr
