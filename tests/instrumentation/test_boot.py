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
