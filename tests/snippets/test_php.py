"""The prepended file in programs without a framework: what it tells, and that nobody notices it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import code

PATHS = ("/ok?name=eve", "/buffered", "/handled", "/drift", "/uncaught", "/warning", "/nothing")


@pytest.fixture(scope="module")
def serve(
    crew: Any, apps: Path, new_port: Any, environment: Any, find: Any, postgres: Any
) -> Callable[[str, str], tuple[int, Path]]:
    """Start PHP's own server, with the file where an endpoint is given; return port and error log."""
    (crew.folder / "culpa.php").write_text(code("php"))

    def start(name: str, endpoint: str) -> tuple[int, Path]:
        port, temporary = new_port(), crew.folder / f"tmp-{name}"
        temporary.mkdir()
        environ = environment(
            SHOP_DB_PORT=str(postgres.port), OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_SERVICE_NAME="plain-shop",
            TMPDIR=str(temporary), OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test%20bench",
        )  # fmt: skip
        options = {"display_errors": "0", "html_errors": "0", "log_errors": "1", "error_log": temporary / "errors.log"}
        if endpoint:
            options["auto_prepend_file"] = crew.folder / "culpa.php"
        settings = [part for key, value in options.items() for part in ("-d", f"{key}={value}")]
        command = [find("php", "php-cli"), *settings, "-S", f"127.0.0.1:{port}", "-t", str(apps / "php")]
        crew.start(command, port, env=environ)
        return port, temporary / "errors.log"

    return start


def answers(ask: Any, port: int) -> list[tuple[int, str, dict[str, str]]]:
    """Return what a server answers to each path, without what differs each time."""
    told = [ask(port, path) for path in PATHS]
    return [
        (status, body, {name: value for name, value in headers.items() if name not in ("Date", "Host")})
        for status, body, headers in told
    ]


def test_no_answer_and_no_log_line_differs_with_or_without_it(
    serve: Any, ask: Any, collector: Any, new_port: Any
) -> None:
    """Bodies, statuses and headers; a collector that is gone costs one line in all."""
    bare, bare_log = serve("bare", "")
    with_it, its_log = serve("with", collector.url)
    alone, alone_log = serve("alone", f"http://127.0.0.1:{new_port()}")
    expected = answers(ask, bare)
    assert [200, 200, 503, 500, 500, 500, 404] == [status for status, _, _ in expected]
    assert ("hello eve", "QUIET AND MORE", "sorry: of its own handler") == tuple(body for _, body, _ in expected[:3])
    assert expected == answers(ask, with_it)
    begun = time.monotonic()
    assert expected == answers(ask, alone)
    assert time.monotonic() - begun < 3

    def lines(log: Path) -> list[str]:
        return [line.partition("] ")[2] or line for line in log.read_text().splitlines()]

    assert lines(bare_log) == lines(its_log)
    extra = [line for line in lines(alone_log) if line.startswith("culpa: ")]
    assert 1 == len(extra) and "cannot reach 127.0.0.1:" in extra[0]
    assert lines(bare_log) == [line for line in lines(alone_log) if line not in extra]


@pytest.fixture(scope="module")
def verdicts(serve: Any, fail_all: Any, collector: Any) -> dict[str, Any]:
    """Let requests fail and return the verdicts."""
    port, _ = serve("failing", collector.url)
    found: dict[str, Any] = fail_all(port, {name: f"/{name}?card=4111" for name in CASES})
    return found


CASES = {
    "drift": ("config.schema_drift", "PDOException"),
    "uncaught": ("app.unhandled_exception", "DivisionByZeroError"),
    "warning": ("app.unhandled_exception", "ErrorException"),
}


@pytest.mark.parametrize("name", CASES)
def test_an_exception_that_nobody_caught_is_told_with_its_first_cause(verdicts: dict[str, Any], name: str) -> None:
    """From PHP's own words for it."""
    cause, kind = CASES[name]
    verdict = verdicts[name]
    assert (cause, kind, "plain-shop", f"/{name}") == (
        verdict["cause"], verdict["exception_type"], verdict["service"], verdict["path"],
    )  # fmt: skip
    assert "apps/php/index.php:" in verdict["location"]


def test_resource_attributes_of_the_environment_arrive(verdicts: dict[str, Any], collector: Any) -> None:
    """Decoded."""
    question = "select distinct deployment_environment_name as place from resources"
    told = collector.ask("sql", f"{question} where service_name = 'plain-shop'")
    assert [{"place": "test bench"}] == told
