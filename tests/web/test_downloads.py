"""A request as a file says the same wherever it is taken: the verdict, the evidence, what was done."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from culpa.analysis import open as open_session
from culpa.collector.decode.promoted import LOG_PROMOTIONS, SPAN_PROMOTIONS
from culpa.collector.decode.resource import PROMOTED
from culpa.store.otlp.attributes import LOG_ATTRIBUTES, RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES

from . import otlp
from .conftest import BIG, Site

FAILED = f"{3:032x}"


def download(site: Site, path: str) -> bytes:
    """Return a file of the site."""
    answer, content = site.bytes_of(path)
    assert 200 == answer.status, content
    assert f'filename="{path.rpartition("/")[2]}"' in answer.headers["Content-Disposition"]
    return content


def shown(where: str | Path, trace_id: str) -> list[dict[str, Any]]:
    """Return what an explanation says of the requests of a trace, but for what only a whole store knows."""
    with open_session(where) as session:
        said = session.explain(trace_id).json()
    for one in said:
        for apart in ("problem", "changed", "differences", "twin", "similar"):
            one.pop(apart, None)
        # Which release was there before is not in one request.
        one["verdict"].pop("change")
    return said


def culpa(*arguments: str, cwd: Path) -> str:
    """Run the command; return what it prints."""
    command = [sys.executable, "-m", "culpa.instrumentation.cli", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=cwd).stdout


def test_otlp_of_a_request_gives_the_same_verdict_elsewhere(site: Site, tmp_path: Path) -> None:
    """Each line is an export of one signal, in the official JSON."""
    content = download(site, f"/requests/{FAILED}.otlp.json")
    (tmp_path / "request.otlp.json").write_bytes(content)
    lines = [json.loads(line) for line in content.decode().splitlines()]
    assert [["resourceSpans"]] == [list(one) for one in lines]
    culpa("ingest", "request.otlp.json", "--db", "elsewhere.duckdb", "--quiet", cwd=tmp_path)
    here, there = shown(site.url, FAILED), shown(tmp_path / "elsewhere.duckdb", FAILED)
    assert here == there


def test_otlp_holds_logs_with_their_resource_and_scope(site: Site, tmp_path: Path) -> None:
    """A log record, with an exception in it, goes in another line, and is again what it was."""
    trace_id = f"{0xABC:032x}"
    spans = otlp.checkout(0xABC, fails=False)
    spans[0]["status"] = {"code": 2}
    spans[0]["attributes"] = otlp.attributes(otlp.entry("/checkout", 500))
    site.send([("till", spans)], **{"service.version": "2.0", "host.name": "n1", "cloud.region": "eu"})
    raised = {"exception.type": "KeyError", "exception.message": "'sku'", "exception.stacktrace": otlp.STACK, "n": 7}
    record = {
        "timeUnixNano": spans[0]["startTimeUnixNano"],
        "severityNumber": 17,
        "severityText": "ERROR",
        "body": {"stringValue": "cannot check out"},
        "attributes": otlp.attributes(raised),
        "traceId": trace_id,
        "spanId": spans[0]["spanId"],
    }
    scope = {"scope": {"name": "till.log", "version": ""}, "logRecords": [record]}
    resource = {"attributes": otlp.attributes({"service.name": "till", "service.version": "2.0"})}
    sent = json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}).encode()
    assert 200 == site.ask("/v1/logs", sent, {"Content-Type": "application/json"})[0].status
    site.wait_for(f"select count(*) as n from verdicts where settled and trace_id = '{trace_id}'", 1)
    content = download(site, f"/api/v1/requests/{trace_id}.otlp.json").decode()
    spans_line, logs_line = (json.loads(line) for line in content.splitlines())
    (sender,) = spans_line["resourceSpans"]
    told = {one["key"]: one["value"] for one in sender["resource"]["attributes"]}
    assert {"stringValue": "eu"} == told["cloud.region"] and {"stringValue": "2.0"} == told["service.version"]
    (logged,) = logs_line["resourceLogs"][0]["scopeLogs"]
    assert "till.log" == logged["scope"]["name"]
    (tmp_path / "request.jsonl").write_text(content)
    culpa("ingest", "request.jsonl", "--db", "elsewhere.duckdb", "--quiet", cwd=tmp_path)
    assert shown(site.url, trace_id) == shown(tmp_path / "elsewhere.duckdb", trace_id)
    question = "select type, message, stacktrace, source, code_file_path from exceptions where trace_id = $trace_id"
    with open_session(site.url) as here, open_session(tmp_path / "elsewhere.duckdb") as there:
        assert list(here.sql(question, trace_id=trace_id)) == list(there.sql(question, trace_id=trace_id)) != []


def test_a_segment_of_a_request_shows_the_same(site: Site, tmp_path: Path) -> None:
    """The file holds that request alone; the command reads it, and it says the same."""
    (tmp_path / "request.duckdb").write_bytes(download(site, f"/requests/{FAILED}.duckdb"))
    assert shown(site.url, FAILED) == shown(tmp_path / "request.duckdb", FAILED)
    with open_session(tmp_path / "request.duckdb") as session:
        assert [{"n": 1}] == list(session.sql("select count(distinct trace_id) as n from spans"))
        assert [{"n": 1}] == list(session.sql("select count(*) as n from verdicts"))
    assert "deadlock" in culpa("explain", FAILED, "--store", "request.duckdb", cwd=tmp_path)


def test_a_large_request_goes_whole(site: Site, tmp_path: Path) -> None:
    """Five thousand spans, also without a sign-in on loopback."""
    content = download(site, f"/requests/{BIG}.otlp.json")
    spans = [
        one for part in json.loads(content)["resourceSpans"] for scope in part["scopeSpans"] for one in scope["spans"]
    ]
    assert 5_000 == len(spans) == len({one["spanId"] for one in spans})


def test_who_may_not_read_gets_no_file(guarded: Site) -> None:
    """As every other screen."""
    for ending in ("otlp.json", "duckdb"):
        assert 401 == guarded.ask(f"/requests/{FAILED}.{ending}")[0].status


def test_an_unknown_request_has_no_file(site: Site) -> None:
    """404, and nothing to save."""
    answer, _ = site.ask(f"/requests/{'9' * 32}.duckdb")
    assert 404 == answer.status and "Content-Disposition" not in answer.headers


def test_every_column_that_was_an_attribute_is_written_as_one() -> None:
    """By its name of today: the first that the column is read from."""
    read = {one.column: one.sources[0].key for one in SPAN_PROMOTIONS if one.column != "code_namespace"}
    assert read == SPAN_ATTRIBUTES
    logs = {one.column: [source.key for source in one.sources] for one in LOG_PROMOTIONS}
    assert all(name in logs[column] for column, name in LOG_ATTRIBUTES.items())
    named = {column: names[0] for column, names in PROMOTED.items()}
    assert named | {"process_pid": "process.pid"} == RESOURCE_ATTRIBUTES
