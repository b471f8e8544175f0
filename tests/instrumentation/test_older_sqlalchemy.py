"""SQLAlchemy 2.0, the one that the stock instrumentation knows, beside the tests' own 2.1."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, tmp_path_factory: Any) -> Iterator[Any]:
    """Run the service with an older library in front of the installed one."""
    folder, port = tmp_path_factory.mktemp("older"), free_port()
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder), "sqlalchemy>=2.0,<2.1"]
    subprocess.run(pip, check=True, capture_output=True)
    command = culpa_run(sink.url, "uvicorn", "pool_shop:app", "--port", str(port), "--log-level", "warning")
    yield serve(command, port, {"SHOP_FILE": str(folder / "shop.db"), "PYTHONPATH": str(folder)})


def test_a_pool_that_runs_out_is_a_span_of_its_own(ask: Any) -> None:
    """Stock adds a failed `connect` of its own, which blames the healthy database; the pool's span tells it apart."""
    seen = ask("/exhausted")
    (checkout,) = [span for span in seen.others if span.name == "pool.checkout"]
    assert ("pool_timeout", 1, 2) == (
        checkout.attributes["error.type"],
        checkout.attributes["pool.size"],
        checkout.attributes["pool.checked_out"],
    )
    assert "sqlalchemy.exc.TimeoutError" == seen.entry.exceptions[0]["exception.type"]


def test_a_failed_query_tells_the_drivers_code(ask: Any) -> None:
    """SQLite's name of the error, on the span and on the exception."""
    seen = ask("/nowhere")
    assert "SQLITE_ERROR" == seen.entry.exceptions[0]["db.response.status_code"]
    assert "SQLITE_ERROR" in {span.attributes.get("db.response.status_code") for span in seen.others if span.error}


def test_the_version_is_the_older_one_and_nothing_is_complained_about(server: Any) -> None:
    """The tests above can fail: the service says what it runs."""
    assert server.get("/version").json().startswith("2.0.")
    assert "culpa:" not in server.output
