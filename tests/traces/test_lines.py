"""What only a web server's log tells is in a trace, too."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from web import otlp
from web.conftest import Site

LOST, BOTH = "e" * 31 + "1", "e" * 31 + "2"


def _line(trace_id: str, span_id: str, status: int, upstream_status: str, **more: Any) -> str:
    now = time.time() - 30
    told = {
        "ts": f"{now:.3f}",
        "trace_id": trace_id,
        "span_id": span_id,
        "connection": 1,
        "method": "GET",
        "request_uri": "/cart",
        "status": status,
        "request_time": "0.050",
        "upstream_addr": "127.0.0.1:8000",
        "upstream_status": upstream_status,
    }
    return json.dumps(told | more) + "\n"


@pytest.fixture(scope="module")
def tailing(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Site]:
    """Give a collector that follows nginx's log, with a request that no app saw, and one that an app answered."""
    folder: Path = tmp_path_factory.mktemp("lines")
    log = folder / "access.json"
    log.write_text("")
    running = Site(folder, "--tail", f"nginx_access={log}")
    show_when_dead(running.process, running.log)
    start = time.time_ns() - 30_050 * otlp.MS
    failed = otlp.span(BOTH, 0x71, "GET /cart", start, 40, parent=0x70, attributes=otlp.entry("/cart", 500), error="no")
    running.send([("shop", [failed])])
    log.write_text(_line(LOST, "", 502, "502") + _line(BOTH, f"{0x70:016x}", 500, "500"))
    running.wait_for("select count(*) as n from access", 2)
    running.wait_for("select count(*) as n from verdicts where settled", 2)
    yield running
    assert 0 == running.stop(), running.log.read_text("utf-8")


def _trace(site: Site, trace_id: str) -> Any:
    answer, text = site.ask(f"/jaeger/api/traces/{trace_id}")
    assert 200 == answer.status, text
    return json.loads(text)["data"][0]


def _tags(span: Any) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def test_a_request_that_no_app_saw_is_the_line_of_the_server(tailing: Site) -> None:
    """With the verdict on it."""
    trace = _trace(tailing, LOST)
    [span] = trace["spans"]
    verdict = tailing.query(f"select * from verdicts where trace_id = '{LOST}'")[0]
    tags = _tags(span)
    assert "GET /cart" == span["operationName"] and tags["error"] is True
    assert (502, "127.0.0.1:8000", 50_000) == (
        tags["http.response.status_code"], tags["culpa.upstream.address"], span["duration"],
    )  # fmt: skip
    assert verdict["cause"] == tags["culpa.cause"]
    assert [{"nginx"}] == [{one["serviceName"] for one in trace["processes"].values()}]
    assert f"({verdict['cause']}, " in trace["warnings"][0]


def test_a_line_is_above_the_span_of_the_app(tailing: Site) -> None:
    """It is the parent that the app's span names."""
    trace = _trace(tailing, BOTH)
    spans = {span["spanID"]: span for span in trace["spans"]}
    assert {f"{0x70:016x}", f"{0x71:016x}"} == set(spans)
    assert spans[f"{0x71:016x}"]["warnings"] is None
    assert "culpa.cause" in _tags(spans[f"{0x71:016x}"]) and "culpa.cause" not in _tags(spans[f"{0x70:016x}"])
    answer, text = tailing.ask(f"/jaeger/api/v3/traces/{BOTH}")
    assert 200 == answer.status and 2 == len(json.loads(text)["result"]["resourceSpans"])
    assert 200 == tailing.ask(f"/tempo/api/v2/traces/{BOTH}")[0].status
