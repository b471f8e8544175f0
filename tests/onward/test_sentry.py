"""A service with Sentry's own SDK whose DSN names the collector: its 500s are explained, with tracing and without."""

import json
import os
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.dialects import read_envelope

from .conftest import Collector, wait_for

AGENTS = Path(__file__).parents[2] / ".cache/agents/bin/python"
MODULES = Path(__file__).parents[2] / ".cache/node/node_modules"

APP = """
import sys, flask, sentry_sdk
sentry_sdk.init(sys.argv[1], release="checkout@1.4.3", traces_sample_rate=float(sys.argv[2]))
app = flask.Flask("shop")
@app.route("/pay/<int:number>")
def pay(number):
    sentry_sdk.add_breadcrumb(message="asked the stock, password=hunter2-0123456789", level="warning")
    try:
        {}["stock"]
    except KeyError as error:
        raise RuntimeError("no stock left") from error
app.test_client().get("/pay/7")
sentry_sdk.flush(20)
"""

#: Newer SDKs stream spans and logs instead of transactions.
NODE_APP = """
const Sentry = require("@sentry/node");
Sentry.init({ dsn: process.argv[2], release: "checkout@1.4.3", tracesSampleRate: Number(process.argv[3]), enableLogs: true });
const app = require("express")();
app.get("/pay/:number", async () => {
  Sentry.logger.warn("asked the stock, password=hunter2-0123456789");
  try {
    await new (require("pg").Client)({ host: "127.0.0.1", port: 1, user: "a", database: "shop" }).connect();
  } catch (error) {
    throw new Error("no stock left", { cause: error });
  }
});
Sentry.setupExpressErrorHandler(app);
const server = app.listen(0, "127.0.0.1", async () => {
  await fetch(`http://127.0.0.1:${server.address().port}/pay/7`);
  await Sentry.close(20000);
  process.exit(0);
});
"""


def _ask(collector: Collector, path: str, body: bytes, **headers: str) -> tuple[int, Any, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", int(collector.url.rpartition(":")[2]), timeout=60)
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told, dict(answer.headers.items())


@pytest.mark.skipif(not AGENTS.exists(), reason="other vendors' agents are installed by `make agents`")
@pytest.mark.parametrize("rate", ["1.0", "0"])
def test_a_500_of_a_service_with_the_sdk_has_component_and_cause(
    collector: Collector, rate: str, tmp_path: Path
) -> None:
    """One failed request, one exception with its chain and place, the breadcrumb as a log record, redacted."""
    collector.flags = []
    collector.start(CULPA_INGEST_TOKEN="a" * 32)
    dsn = f"http://{'a' * 32}@{collector.url.removeprefix('http://')}/1"
    (tmp_path / "shop.py").write_text(APP)
    done = subprocess.run(
        [str(AGENTS), str(tmp_path / "shop.py"), dsn, rate], capture_output=True, text=True, timeout=120
    )
    assert 0 == done.returncode, done.stderr
    wait_for(lambda: collector.query("select 1 from verdicts where settled"))
    [verdict] = collector.query("select * from verdicts")
    assert ("checkout", "checkout", 500) == (verdict["service"], verdict["component"], verdict["status"])
    assert ("app", "KeyError") == (verdict["layer"], verdict["exception_type"])
    [raised] = collector.query("select * from exceptions")
    assert (["RuntimeError", "KeyError"], "pay", verdict["trace_id"]) == (
        raised["chain"],
        raised["code_function_name"],
        raised["trace_id"],
    )
    crumbs = collector.query("select body, trace_id from logs where body like 'asked the stock%'")
    assert [verdict["trace_id"]] == [one["trace_id"] for one in crumbs] and "hunter2" not in crumbs[0]["body"]
    assert "1.4.3" == collector.query("select service_version from resources")[0]["service_version"]


@pytest.mark.skipif(not (MODULES / "@sentry/node").exists(), reason="Node's packages are installed by `make node`")
@pytest.mark.parametrize(
    ("rate", "component"),
    [("1", "postgresql://127.0.0.1:1/shop"), ("0", "http://127.0.0.1:1")],
    ids=["traced", "not traced"],
)
def test_a_500_of_a_node_service_with_the_sdk_has_component_and_cause(
    collector: Collector, rate: str, component: str, tmp_path: Path
) -> None:
    """Without tracing nothing tells that a database was asked: then it is less sure."""
    collector.flags = []
    collector.start()
    (tmp_path / "shop.js").write_text(NODE_APP)
    dsn = f"http://key@{collector.url.removeprefix('http://')}/1"
    environ = {**os.environ, "NODE_PATH": str(MODULES)}
    done = subprocess.run(
        ["node", str(tmp_path / "shop.js"), dsn, rate], capture_output=True, text=True, timeout=120, env=environ
    )
    assert 0 == done.returncode, done.stderr
    wait_for(lambda: collector.query("select 1 from verdicts where settled"))
    [verdict] = collector.query("select * from verdicts")
    assert ("checkout", component, 500) == (verdict["service"], verdict["component"], verdict["status"])
    assert (rate == "1") == (verdict["confidence"] > 0.8)
    [raised] = collector.query("select * from exceptions where span_id <> ''")
    assert verdict["trace_id"] == raised["trace_id"] and "ECONNREFUSED" in str(raised)
    [said] = collector.query("select body, severity_text, trace_id from logs where body like 'asked the stock%'")
    assert ("WARN", verdict["trace_id"]) == (said["severity_text"], said["trace_id"])
    assert "hunter2" not in said["body"]
    kept = collector.query("select distinct unnest(map_keys(attributes)) as key from spans")
    assert [] == [one["key"] for one in kept if one["key"].startswith(("sentry.", "device.", "os."))]


@pytest.mark.parametrize("items", [None, {}, 7, "x", [None], [[]], [{"attributes": [1]}], [{"attributes": {"a": 1}}]])
@pytest.mark.parametrize("kind", ["span", "log"])
def test_what_is_streamed_may_have_any_shape(kind: str, items: Any) -> None:
    """It costs no other item of the envelope."""
    lines = [
        {},
        {"type": kind},
        {"version": 2, "items": items},
        {"type": "event"},
        {"message": "hello", "level": "info"},
    ]
    found = read_envelope("\n".join(json.dumps(line) for line in lines).encode(), "1")
    assert "hello" in str(found.pieces[-1].group)


def test_who_shows_no_key_and_what_is_no_envelope_is_told(collector: Collector) -> None:
    collector.flags = []
    collector.start(CULPA_INGEST_TOKEN="a" * 32)
    key = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={'a' * 32}"}
    assert 401 == _ask(collector, "/api/1/envelope/", b"{}\n")[0]
    assert 403 == _ask(collector, f"/api/1/envelope/?sentry_key={'b' * 32}", b"{}\n")[0]
    assert (400, "the envelope's header is no JSON") == (
        (answer := _ask(collector, "/api/1/envelope/", b"rubbish", **key))[0],
        answer[1]["message"][:32],
    )
    assert 415 == _ask(collector, "/api/1/envelope/", b"{}", **key, **{"Content-Encoding": "br"})[0]
    named = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}\n{"type":"session"}\n{}\n'
    assert (200, {"id": "9ec79c33ec9942ab8353589fcb2e04dc"}) == _ask(collector, "/api/1/envelope/", named, **key)[:2]
    event = b'{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","message":"hello","level":"info","timestamp":1796000000}'
    assert 200 == _ask(collector, f"/api/1/store/?sentry_key={'a' * 32}", event)[0]
    assert [{"body": "hello", "service_name": "sentry-project-1"}] == collector.query(
        "select body, service_name from logs"
    )
