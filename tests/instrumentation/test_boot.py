"""Services that do not start: no request can tell why, so a log record does, before the process is gone."""

from pathlib import Path
from typing import Any

import pytest

APPS = {
    "no_library": "import a_library_that_is_missing",
    "no_syntax": "def broken(:",
    "no_setting": "import os\napp = os.environ['SHOP_KEY']",
    "no_app": "application = None",
    "no_database": """
from contextlib import asynccontextmanager
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app):
    raise ConnectionRefusedError(111, "database down")
    yield

app = FastAPI(lifespan=lifespan)
""",
}
SERVERS = {
    "uvicorn": "uvicorn --port 0 {app}:app",
    "gunicorn": "gunicorn -b 127.0.0.1:0 --no-control-socket {app}:app",
    "preload": "gunicorn -b 127.0.0.1:0 --no-control-socket --preload {app}:app",
    "uvicorn worker": "gunicorn -b 127.0.0.1:0 --no-control-socket -k uvicorn.workers.UvicornWorker {app}:app",
    "hypercorn": "hypercorn -b 127.0.0.1:0 {app}:app",
    "granian": "granian --interface asgi --port {port} {app}:app",
    "flask": "flask --app {app} run --port 0",
    "python": "python {app}.py",
}
CASES = [
    ("uvicorn", "no_syntax", "SyntaxError", "no_syntax.py"),
    ("uvicorn", "no_setting", "KeyError", "SHOP_KEY"),
    ("uvicorn", "no_app", "", 'Attribute "app" not found in module "no_app"'),
    ("uvicorn", "no_database", "", "database down"),
    ("gunicorn", "no_app", "gunicorn.errors.AppImportError", "Failed to find attribute 'app'"),
    ("preload", "no_app", "gunicorn.errors.AppImportError", "Failed to find attribute 'app'"),
    ("uvicorn worker", "no_setting", "KeyError", "SHOP_KEY"),
    ("uvicorn worker", "no_database", "", "database down"),
    ("hypercorn", "no_database", "hypercorn.utils.LifespanFailureError", "database down"),
    ("granian", "no_library", "RuntimeError", "a_library_that_is_missing"),
    ("granian", "no_database", "ConnectionRefusedError", "database down"),
    ("flask", "no_library", "flask.cli.NoAppException", "a_library_that_is_missing"),
    ("python", "no_setting", "KeyError", "SHOP_KEY"),
]


@pytest.mark.parametrize(("server", "app", "kind", "words"), CASES, ids=[f"{x[0]}-{x[1]}" for x in CASES])
def test_a_service_that_cannot_start_says_why(
    sink: Any, culpa_run: Any, run_in: Any, free_port: Any, tmp_path: Path, server: str, app: str, kind: str, words: str
) -> None:
    """An error record with the reason arrives, whichever process of the server met it."""
    (tmp_path / f"{app}.py").write_text(APPS[app])
    before = len(sink.logs)
    run_in(culpa_run(sink.url, *SERVERS[server].format(app=app, port=free_port()).split()), tmp_path)
    found = sink.wait(
        lambda s: [x for x in s.logs[before:] if words in x.body + str(x.attributes.get("exception.stacktrace"))]
    )
    assert kind in [x.attributes.get("exception.type", "") for x in found]
    assert {x.severity for x in found} <= {"ERROR", "FATAL"}
    events = {x.attributes["event.name"] for x in found if x.logger == "process.crash"}
    assert events <= {"process.boot_failed"}


SCRIPTS = {
    "with_flask": ("import flask\nraise LookupError('no rates')", "with_flask.py"),
    "nightly": ("raise LookupError('no rates')", "nightly.py"),
    "with_span": (
        "from opentelemetry import trace\n"
        "with trace.get_tracer('own').start_as_current_span('report'):\n"
        "    raise LookupError('no rates')",
        "report",
    ),
    "caught": (
        "from opentelemetry import trace\n"
        "try:\n"
        "    with trace.get_tracer('own').start_as_current_span('first'):\n"
        "        raise KeyError('rate')\n"
        "except KeyError:\n"
        "    raise LookupError('no rates') from None",
        "caught.py",
    ),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_that_ends_by_an_exception_is_a_failed_job(
    sink: Any, culpa_run: Any, run_in: Any, tmp_path: Path, script: str
) -> None:
    """One span without a parent tells of it: the program's own where there is one, else one that is named as the script is."""
    text, name = SCRIPTS[script]
    (tmp_path / f"{script}.py").write_text(text)
    spans, logs = len(sink.spans), len(sink.logs)
    run_in(culpa_run(sink.url, "python", f"{script}.py"), tmp_path)
    [told] = sink.wait(lambda s: [one for one in s.logs[logs:] if one.logger == "process.crash"])
    [job] = sink.wait(lambda s: [one for one in s.spans[spans:] if one.name == name])
    others = {"first"} if script == "caught" else set()
    assert others == {one.name for one in sink.spans[spans:]} - {name}
    assert (True, 1, "") == (job.error, job.kind, job.parent_id)
    assert "LookupError" == told.attributes["exception.type"]
    if script != "with_span":
        assert (job.trace_id, job.span_id) == (told.trace_id, told.span_id)


@pytest.mark.parametrize("server", ["uvicorn", "flask"])
def test_a_server_that_does_not_start_is_no_job(
    sink: Any, culpa_run: Any, run_in: Any, tmp_path: Path, server: str
) -> None:
    (tmp_path / "no_setting.py").write_text(APPS["no_setting"])
    spans, logs = len(sink.spans), len(sink.logs)
    run_in(culpa_run(sink.url, *SERVERS[server].format(app="no_setting").split()), tmp_path)
    sink.wait(lambda s: [one for one in s.logs[logs:] if one.logger == "process.crash"])
    assert [] == sink.spans[spans:]
