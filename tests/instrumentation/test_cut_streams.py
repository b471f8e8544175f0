"""An answer that broke off behind a middleware looks whole to whoever asked: the app tells it, and a verdict says so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from culpa.analysis.settle import settle
from culpa.collector.decode import decode
from culpa.store import DuckDBStore


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any) -> Iterator[Any]:
    """Run the app under uvicorn."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "cut_shop:app", "--port", str(port), "--log-level", "warning")
    yield serve(command, port)


def _late(server: Any, sink: Any, path: str, trace_id: str, body: str) -> Any:
    """Ask for an answer that looks whole; return the span that came after it."""
    answer = server.get(path, trace_id)
    assert (200, body) == (answer.status_code, answer.text)
    (late,) = sink.wait(lambda s: [x for x in s.spans if x.trace_id == trace_id and x.name == "response"])
    sink.wait(lambda s: [x for x in s.spans if x.trace_id == trace_id and x.kind == 2])
    return late


def _verdicts(sink: Any, folder: Path) -> list[dict[str, Any]]:
    """Judge all that arrived."""
    bodies = [body for path, body in sink.bodies if path == "/v1/traces"]
    with DuckDBStore(folder / "one.duckdb", writable=True) as store:
        store.write(decode("traces", bodies).tables)
        settle(store, None)
        return store.query("select * from verdicts order by trace_id").to_pylist()


def test_only_an_answer_that_broke_off_is_called_truncated(server: Any, sink: Any, tmp_path: Path) -> None:
    """What fails after the answer comes as late, and the client has all of it."""
    cut = _late(server, sink, "/stream", f"{1:032x}", "half of it")
    after = _late(server, sink, "/after", f"{2:032x}", '"all of it"')
    streamed = _late(server, sink, "/stream-after", f"{3:032x}", "all of it")
    assert [True, None, None] == [x.attributes.get("culpa.response.cut") for x in (cut, after, streamed)]
    assert ["the letter was not sent"] * 2 == [x.exceptions[0]["exception.message"] for x in (after, streamed)]
    [verdict] = _verdicts(sink, tmp_path)
    assert (f"{1:032x}", 200, True) == (verdict["trace_id"], verdict["status"], verdict["truncated"])
    assert ("cut_shop", "app.unhandled_exception") == (verdict["component"], verdict["cause"])
    assert "the rest is lost" == verdict["exception_message"]
