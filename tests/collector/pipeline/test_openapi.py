"""The collector does what its OpenAPI says: schemathesis sends what fits it and what does not, and finds nothing.

CULPA_OPENAPI_CASES=500 sends more cases to each endpoint, and every way to break a body of OTLP.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from culpa.collector.openapi import document
from culpa.collector.receivers import Parts, sentry
from culpa.collector.serve.app import make_app
from culpa.collector.settings import Settings

from .conftest import Running

HERE = Path(__file__).parent
CASES = int(os.environ.get("CULPA_OPENAPI_CASES", "0"))
TOKEN = {"CULPA_INGEST_TOKEN": "one-for-all", "CULPA_READ_TOKEN": "one-for-all"}
SHOWN = {"Authorization": "Bearer one-for-all"}
OTLP = ("--exclude-path-regex", "^/v1/(traces|logs|metrics)$")
#: The short form tries the same in every run; the long one something else each time.
_SEED = [] if os.environ.get("CULPA_OPENAPI_CASES") else ["--seed", "1"]


def _check(running: Running, *arguments: str) -> None:
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "--no-color",
        "run",
        f"{running.url}/openapi.json",
    ]
    shown = [part for name, value in SHOWN.items() for part in ("-H", f"{name}: {value}")]
    environ = {**os.environ, "PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "openapi_bodies"}
    done = subprocess.run(
        # One worker: hypothesis parses its own source, and Python 3.11 does not let two threads parse at once.
        [*command, *shown, "--workers", "1", "--warnings", "off", "--no-shrink", *_SEED, *arguments],
        capture_output=True,
        text=True,
        env=environ,
        cwd=running.store.parent,
        timeout=250 + 10 * CASES,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    assert "Traceback" not in running.log.read_text()


@pytest.mark.timeout(600 + 30 * CASES)
def test_every_endpoint_keeps_to_its_description(collect: Callable[..., Running]) -> None:
    """With a token, which each wants; no answer is a 5xx, of another shape, or good where it should be bad."""
    running = collect("--linger-s", "0", "--query-wait-s", "30", environ=TOKEN)
    _check(running, "--phases", "examples,coverage", *OTLP)
    _check(running, "--phases", "examples,fuzzing", "--max-examples", str(CASES or 5))
    if CASES:
        _check(running, "--phases", "coverage")
    assert 0 == running.stop()


def test_every_route_is_described() -> None:
    """And nothing is described that is not there. What others define, Sentry's protocol, they describe themselves."""
    nothing: Any = None
    parts = Parts(Settings(), nothing, nothing, nothing, nothing, nothing)
    app = make_app(parts, lambda: {}, nothing)
    theirs = {route.path for route in sentry.routes(parts) if isinstance(route, Route)}
    # What is mounted answers all methods.
    own = [route for route in app.routes if isinstance(route, Route) and route.methods and route.path not in theirs]
    routes = {route.path: set(route.methods or ()) - {"HEAD"} for route in own}
    described = document(Settings())["paths"]
    assert routes == {path: {method.upper() for method in methods} for path, methods in described.items()}


def test_the_description_is_for_readers(collector: Running, collect: Callable[..., Running]) -> None:
    """It is behind the same door as the rows."""
    running = collect(environ={"CULPA_READ_TOKEN": "read-me"})
    statuses = [running.request("/openapi.json", method="GET")[0].status]
    answer, said = running.request("/openapi.json", b"", {"Authorization": "Bearer read-me"}, method="GET")
    assert [401, 200] == [*statuses, answer.status]
    assert [{"read_token": []}] == json.loads(said)["paths"]["/v1/sql"]["post"]["security"]
    shown: list[dict[str, str]] = [{}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    assert [200, 403, 403] == [
        collector.request("/openapi.json", b"", headers, method="GET")[0].status for headers in shown
    ]
