"""Debian's Rails with the middleware of `culpa snippet rails`: the collector names what failed."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import code, snippet

#: What the app does as it starts, behind our initializer.
BOOT = """
ENV.fetch('SHOP_KEY') if ENV['FAULT'] == 'boot'
require 'not_in_the_gemfile' if ENV['FAULT'] == 'library'
Nowhere.set_up if ENV['FAULT'] == 'constant'
eval('def broken(', binding, __FILE__, __LINE__) if ENV['FAULT'] == 'syntax'
"""


@pytest.fixture(scope="module")
def serve(
    crew: Any, apps: Path, new_port: Any, environment: Any, find: Any, postgres: Any, payments: int
) -> Callable[..., dict[str, Any]]:
    """Start the app in puma, set up as the snippet says; return where things are."""

    def start(name: str, wait: bool = True, **environ: str) -> dict[str, Any]:
        folder = crew.folder / name
        shutil.copytree(apps / "rails", folder)
        (folder / "config" / "initializers").mkdir()
        (folder / "config" / "initializers" / "culpa.rb").write_text(code("rails"))
        (folder / "config" / "environments").mkdir(exist_ok=True)
        (folder / "config" / "environments" / "production.rb").write_text(snippet("rails"))
        (folder / "config" / "initializers" / "shop.rb").write_text(BOOT)
        (folder / "log").mkdir()
        port, dead = new_port(), new_port()
        environ |= {"RAILS_ENV": "production", "SHOP_DB_PORT": str(postgres.port), "SHOP_DEAD_PORT": str(dead)}
        environ["SHOP_PAYMENTS"] = f"http://127.0.0.1:{payments}"
        command = [find("puma", "puma"), "-b", f"tcp://127.0.0.1:{port}", "-t", "1:4", "config.ru"]
        said = f"puma-{port}.out"
        process = crew.start(command, port if wait else 0, cwd=folder, name=said, env=environment(**environ))
        return {
            "port": port, "dead": dead, "payments": payments, "postgres": postgres.port, "folder": folder,
            "process": process, "said": crew.folder / said,
        }  # fmt: skip

    return start


@pytest.fixture(scope="module")
def rails(serve: Any, collector: Any) -> dict[str, Any]:
    """Run the app, and tell the collector of it."""
    told: dict[str, Any] = serve("rails", OTEL_SERVICE_NAME="rails-shop", OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    return told


CASES = {
    "drift": ("config.schema_drift", "rails-shop"),
    "unique": ("app.constraint_violation", "rails-shop"),
    "timeout": ("database.timeout", "postgresql://127.0.0.1:{postgres}/shop"),
    "upstream": ("upstream.error_response", "http://127.0.0.1:{payments}"),
    "down": ("database.unreachable", "postgresql://127.0.0.1:{dead}/shop"),
    "fallback": ("upstream.error_response", "http://127.0.0.1:{payments}"),
    "cause": ("app.unhandled_exception", "rails-shop"),
    "swallowed": ("app.unhandled_exception", "rails-shop"),
    "handled": ("app.bad_query", "rails-shop"),
}


@pytest.fixture(scope="module")
def verdicts(rails: dict[str, Any], fail_all: Any) -> dict[str, Any]:
    """Let a request fail of each fault and return the verdicts."""
    found: dict[str, Any] = fail_all(rails["port"], {fault: f"/fail/{fault}" for fault in CASES})
    return found


@pytest.mark.parametrize("fault", CASES)
def test_a_failing_rails_request_gets_the_right_verdict(
    verdicts: dict[str, Any], rails: dict[str, Any], fault: str
) -> None:
    """From what the middleware sends alone."""
    cause, component = CASES[fault]
    verdict = verdicts[fault]
    assert (cause, component.format(**rails)) == (verdict["cause"], verdict["component"])
    assert ("/fail/:fault", "rails-shop", "GET") == (verdict["route"], verdict["service"], verdict["method"])


def test_rails_own_log_tells_the_trace_of_a_failure(rails: dict[str, Any], ask: Any, row_of: Any) -> None:
    """For requests of which no span gets out; the web server sends the id."""
    trace = "7" * 32
    headers = {"traceparent": f"00-{trace}-{'1' * 16}-01", "X-Request-Id": trace}
    assert 500 == ask(rails["port"], "/fail/drift", **headers)[0]
    row = row_of(rails["folder"] / "log" / "production.log", "rails_log", lambda row: row.trace_id == trace)
    assert ("/fail/drift", "request.failed") == (row.url_path, row.event_name)


def test_a_rails_app_that_does_not_start_tells_why(serve: Any, collector: Any) -> None:
    """An initializer fails behind ours."""
    serve(
        "broken",
        wait=False,
        OTEL_SERVICE_NAME="broken-shop",
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        FAULT="boot",
    )
    question = (
        "select l.event_name, e.type, e.message from logs as l join exceptions as e using (service_name) "
        "where service_name = 'broken-shop'"
    )
    deadline = time.monotonic() + 20
    while not (told := collector.ask("sql", question)) and time.monotonic() < deadline:
        time.sleep(0.3)
    assert [{"event_name": "process.boot_failed", "type": "KeyError", "message": 'key not found: "SHOP_KEY"'}] == told


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("boot", "KeyError", 'key not found: "SHOP_KEY"'),
        ("library", "LoadError", "cannot load such file -- not_in_the_gemfile"),
        ("constant", "NameError", "uninitialized constant Nowhere"),
        ("syntax", "SyntaxError", "syntax error, unexpected end-of-input"),
    ],
)
def test_what_puma_prints_tells_why_an_app_does_not_start(
    serve: Any, row_of: Any, fault: str, kind: str, words: str
) -> None:
    """Also where nothing of ours is in the app."""
    said = serve(f"unstarted-{fault}", wait=False, OTEL_SDK_DISABLED="true", FAULT=fault)["said"]
    # What it prints comes line by line.
    row = row_of(said, "ruby_output", lambda row: row.event_name == "process.boot_failed" and row.stacktrace)
    assert (kind, True) == (row.exception_type, words in row.exception_message)
    assert "config/initializers/shop.rb" in row.stacktrace


def stop(process: Any) -> float:
    """End a server as systemd does; return the seconds that it took."""
    begun = time.monotonic()
    process.terminate()
    process.wait(20)
    return time.monotonic() - begun


def answers(ask: Any, port: int) -> list[tuple[int, str, dict[str, str]]]:
    """Return what a server answers to each path, without what differs each time."""
    paths = ["/ok", "/orders/1", "/orders/2", "/none", *(f"/fail/{fault}" for fault in CASES)]
    told = [ask(port, path) for path in paths]
    return [
        (status, body, {key: value for key, value in headers.items() if key not in ("X-Request-Id", "X-Runtime")})
        for status, body, headers in told
    ]


def test_no_answer_differs_and_a_collector_that_is_gone_costs_one_line(serve: Any, ask: Any, new_port: Any) -> None:
    """Bodies, statuses, headers; and the exit is not held up."""
    off = serve("off", OTEL_SDK_DISABLED="true")
    alone = serve("alone", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{new_port()}")
    expected = answers(ask, off["port"])
    assert [200, 200, 404, 404, *([500] * len(CASES))] == [status for status, _, _ in expected]
    assert expected == answers(ask, alone["port"])
    seconds = {name: stop(server["process"]) for name, server in {"off": off, "alone": alone}.items()}
    assert seconds["alone"] - seconds["off"] < 3
    assert 1 == alone["said"].read_text().count("culpa: ")
    assert 0 == off["said"].read_text().count("culpa: ")
