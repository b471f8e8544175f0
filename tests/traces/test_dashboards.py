"""Every query of the dashboards has an answer: Prometheus' from a real one that reads a collector, Infinity's from its JSON."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from web import otlp
from web.conftest import Site

from culpa.demo.ports import free_ports

BOARDS = sorted((Path(__file__).parents[2] / "examples" / "grafana").glob("*.json"))
PROMETHEUS = shutil.which("prometheus")
#: What Grafana puts in; the time between two looks is a second here.
BUILT_IN = {"$__rate_interval": "10s", "$__range": "30s", "$component": ".*", "$service": ".*"}
POOL = "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00"


def boards() -> list[dict[str, Any]]:
    """Return the dashboards."""
    return [json.loads(path.read_text("utf-8")) for path in BOARDS]


def targets(kind: str) -> list[Any]:
    """Return all queries for data sources of a kind, with names for people."""
    found: list[Any] = []
    for board in boards():
        asked = [(panel["title"], one) for panel in board["panels"] for one in panel["targets"]]
        asked += [(note["name"], note["target"]) for note in board["annotations"]["list"]]
        found += [
            pytest.param(one, id=f"{board['uid']}: {title} {one['refId']}")
            for title, one in asked
            if kind == one["datasource"]["type"]
        ]
    return found


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Site]:
    """Give a collector with failed requests of two causes, healthy ones, and a change."""
    running = Site(tmp_path_factory.mktemp("boards"))
    show_when_dead(running.process, running.log)
    _send(running, 0)
    change = {"service": "shop", "kind": "deploy", "description": "shop 1.4.3"}
    answer, text = running.ask("/v1/changes", json.dumps(change).encode(), {"Content-Type": "application/json"})
    assert answer.status < 300, text
    running.wait_for("select count(*) as n from verdicts where settled", 2)
    yield running
    running.stop()


def _send(site: Site, number: int) -> None:
    """Send a deadlock, a pool that ran out, and a checkout that went well."""
    base = 1_000 + number * 10
    trace_id, start = f"{base + 3:032x}", time.time_ns() - 60_000 * otlp.MS
    full = otlp.span(
        trace_id, base * 64, "GET /pool", start, 90, attributes=otlp.entry("/pool", 500), error=POOL, type="sqlalchemy.exc.TimeoutError"
    )  # fmt: skip
    site.send([("shop", [*otlp.checkout(base + 1, fails=True), *otlp.checkout(base + 2, fails=False), full])])


@pytest.fixture(scope="module")
def prometheus(busy: Site, tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[str]:
    """Give the address of a Prometheus that has read the collector for some seconds, while more failed."""
    if not PROMETHEUS:
        pytest.skip("no prometheus is installed")
    folder, [port] = tmp_path_factory.mktemp("prometheus"), free_ports(1)
    place = {"job_name": "culpa", "scrape_interval": "1s", "static_configs": [{"targets": [f"127.0.0.1:{busy.port}"]}]}
    (folder / "prometheus.yml").write_text(json.dumps({"scrape_configs": [place]}))
    command = [PROMETHEUS, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    show_when_dead(process, folder / "log")
    url = f"http://127.0.0.1:{port}"
    give_up_at, number = time.monotonic() + 90, 0
    while not _is_ready(url):
        assert process.poll() is None and time.monotonic() < give_up_at, (folder / "log").read_text()
        number += 1
        _send(busy, number)
        time.sleep(1)
    yield url
    process.terminate()
    process.wait(20)


def _is_ready(url: str) -> bool:
    """Say whether enough was read to tell how fast failed requests come."""
    try:
        return bool(_result(url, "rate(culpa_failed_requests_total[10s]) > 0"))
    except OSError:
        return False


def _result(url: str, expression: str) -> list[Any]:
    with urlopen(f"{url}/api/v1/query?query={quote(expression)}", timeout=20) as answer:
        found: list[Any] = json.load(answer)["data"]["result"]
        return found


def _written(text: str) -> str:
    for name, value in BUILT_IN.items():
        text = text.replace(name, value)
    assert "$" not in text, text
    return text


@pytest.mark.parametrize("target", targets("prometheus"))
def test_prometheus_has_an_answer(prometheus: str, target: dict[str, Any]) -> None:
    assert _result(prometheus, _written(target["expr"]))


@pytest.mark.parametrize("target", targets("yesoreyeram-infinity-datasource"))
def test_the_json_has_every_column(busy: Site, target: dict[str, Any]) -> None:
    answer, text = busy.ask(_written(target["url"]))
    assert 200 == answer.status, text
    rows = json.loads(text)[target["root_selector"]]
    assert rows
    assert [] == [column["selector"] for column in target["columns"] if column["selector"] not in rows[0]]


def test_what_can_be_chosen_is_there(prometheus: str) -> None:
    """The variables of the dashboards are labels of measures."""
    queries = {one["query"] for board in boards() for one in board["templating"]["list"] if "query" == one["type"]}
    assert 2 == len(queries)
    for query in queries:
        measure, label = query.removeprefix("label_values(").removesuffix(")").split(", ")
        with urlopen(f"{prometheus}/api/v1/label/{label}/values?match[]={measure}", timeout=20) as answer:
            assert json.load(answer)["data"]


def test_exemplars_lead_to_traces(prometheus: str, busy: Site) -> None:
    """Prometheus keeps them: each is the id of a trace that failed."""
    query = f"query=culpa_failed_requests_total&start={time.time() - 600}&end={time.time() + 60}"
    with urlopen(f"{prometheus}/api/v1/query_exemplars?{query}", timeout=20) as answer:
        found = [one["labels"]["trace_id"] for series in json.load(answer)["data"] for one in series["exemplars"]]
    assert found
    failed = {row["trace_id"] for row in busy.query("select trace_id from verdicts")}
    assert set(found) <= failed
    assert 200 == busy.ask(f"/jaeger/api/traces/{found[0]}")[0].status


def test_the_dashboards_are_apart() -> None:
    """Ids are unique, and no panel lies on another one."""
    found = boards()
    assert len(found) == len({board["uid"] for board in found}) == 3
    for board in found:
        assert len(board["panels"]) == len({panel["id"] for panel in board["panels"]})
        taken = [
            (x, y)
            for place in (panel["gridPos"] for panel in board["panels"])
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        assert len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24
