"""What stacks that nobody recorded send: each scene goes through the real decoder, and is judged with all others in one store."""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from culpa.analysis.settle import settle
from culpa.collector.decode import decode
from culpa.collector.formats import LineSplitter, RecordAssembler, Source, by_name, tables_of
from culpa.store import DuckDBStore

Scene = dict[str, Any]

#: One file for each family of stacks: spans and logs with the attributes that its instrumentation really sets, and lines of
#: servers' own logs, in which `<trace>`, `<id span>`, `<sec ms>`, `<us ms>` and `<at ms format>` stand for the scene's ids and times.
FOLDER = Path(__file__).with_name("stacks")

START_NS = 1_795_300_000_000_000_000
HOUR_NS = 3_600_000_000_000
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}


def scenes() -> list[Scene]:
    """Return the scenes of all files."""
    return [one for path in sorted(FOLDER.glob("*.json")) for one in json.loads(path.read_text())]


def _id(text: str, digits: int) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:digits]


def _pairs(values: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {bool: "boolValue", int: "intValue", float: "doubleValue", str: "stringValue"}
    return [{"key": key, "value": {kinds[type(value)]: value}} for key, value in values.items()]


def _nanos(scene: Scene, at_ms: float) -> str:
    return str(START_NS + scenes_at[scene["scene"]] * HOUR_NS + int(at_ms * 1e6))


def _span(scene: Scene, span: dict[str, Any]) -> dict[str, Any]:
    end = _nanos(scene, span["at"] + span["ms"])
    made: dict[str, Any] = {
        "traceId": _id(scene["scene"], 32),
        "spanId": _id(f"{scene['scene']}/{span['id']}", 16),
        "name": span["name"],
        "kind": KINDS[span["kind"]],
        "startTimeUnixNano": _nanos(scene, span["at"]),
        "endTimeUnixNano": end,
        "attributes": _pairs(span["attributes"]),
        "status": {"code": 2, "message": span["error"]} if "error" in span else {},
        "events": [
            {
                "name": event["name"],
                "timeUnixNano": str(int(end) - 100_000),
                "attributes": _pairs({key: value for key, value in event.items() if key != "name"}),
            }
            for event in span.get("events", ())
        ],
    }
    if "parent" in span:
        made["parentSpanId"] = _id(f"{scene['scene']}/{span['parent']}", 16)
    return made


def _log(scene: Scene, log: dict[str, Any]) -> dict[str, Any]:
    return {
        "timeUnixNano": _nanos(scene, log["at"]),
        "severityNumber": log.get("severity", 17),
        "body": {"stringValue": log["body"]},
        "traceId": _id(scene["scene"], 32),
        "spanId": _id(f"{scene['scene']}/{log['span']}", 16),
        "attributes": _pairs(log.get("attributes", {})),
    }


_MARK = re.compile(r"<(trace|id|sec|us|at)(?: ([^ >]+))?(?: ([^>]+))?>")


def _filled(scene: Scene, text: str) -> str:
    def meant(mark: re.Match[str]) -> str:
        if mark[1] in ("trace", "id"):
            return _id(f"{scene['scene']}/{mark[2]}", 16) if mark[2] else _id(scene["scene"], 32)
        nanos = int(_nanos(scene, float(mark[2])))
        if mark[1] == "at":
            return datetime.fromtimestamp(nanos / 1e9, UTC).strftime(mark[3])
        return str(nanos // 1000) if mark[1] == "us" else f"{nanos / 1e9:.3f}"

    return _MARK.sub(meant, text)


def _keep_lines(store: DuckDBStore, scene: Scene) -> None:
    for number, told in enumerate(scene.get("lines", ())):
        known = by_name(told["format"])
        records, splitter = RecordAssembler(known), LineSplitter()
        lines = [*splitter.feed(f"{_filled(scene, told['text'])}\n".encode()), *splitter.rest()]
        found = [record for line in lines for record in records.add(line)]
        source = Source(f"{scene['scene']}-{number}.log")
        rows = [known.read(record, source) for record in [*found, *records.flush()]]
        store.write(tables_of([row for row in rows if row]))


def _resource(service: str) -> dict[str, Any]:
    return {"attributes": _pairs({"service.name": service})}


def _keep(store: DuckDBStore, scene: Scene) -> None:
    spans = [
        {"resource": _resource(span["service"]), "scopeSpans": [{"spans": [_span(scene, span)]}]}
        for span in scene["spans"]
    ]
    if spans:
        store.write(decode("traces", [json.dumps({"resourceSpans": spans}).encode()], is_json=True).tables)
    logs = [
        {"resource": _resource(log["service"]), "scopeLogs": [{"logRecords": [_log(scene, log)]}]}
        for log in scene.get("logs", ())
    ]
    if logs:
        store.write(decode("logs", [json.dumps({"resourceLogs": logs}).encode()], is_json=True).tables)
    _keep_lines(store, scene)


scenes_at = {scene["scene"]: number for number, scene in enumerate(scenes())}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Give every verdict."""
    with DuckDBStore(tmp_path_factory.mktemp("stacks") / "stacks.duckdb", writable=True) as store:
        for scene in scenes():
            _keep(store, scene)
        settle(store, None)
        return list(store.query("select * from verdicts").to_pylist())


@pytest.fixture(scope="module")
def judged(verdicts: list[dict[str, Any]]) -> dict[str, list[list[str]]]:
    """Give layer, component and cause of every verdict by trace id."""
    found: dict[str, list[list[str]]] = {}
    for row in verdicts:
        found.setdefault(row["trace_id"], []).append([row["layer"], row["component"], row["cause"]])
    return found


@pytest.mark.parametrize("scene", scenes(), ids=lambda scene: scene["scene"])
def test_a_failure_of_another_stack_is_understood(scene: Scene, judged: dict[str, list[list[str]]]) -> None:
    """A scene without an expected verdict is one whose client got its answer."""
    expected = [scene["expect"]] if scene["expect"] else []
    assert expected == judged.get(_id(scene["scene"], 32), [])


def test_no_two_scenes_have_one_name() -> None:
    """Their traces are named after them."""
    assert len(scenes()) == len(scenes_at) > 70


@pytest.mark.parametrize("scene", [one for one in scenes() if "at_most" in one], ids=lambda scene: scene["scene"])
def test_a_doubtful_failure_is_not_held_surely(scene: Scene, verdicts: list[dict[str, Any]]) -> None:
    """What was raised after a call that took all of the time may follow from that."""
    [verdict] = [row for row in verdicts if row["trace_id"] == _id(scene["scene"], 32)]
    assert verdict["confidence"] < scene["at_most"]
