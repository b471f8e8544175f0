"""Of what senders sampled, problems count what was there: by the threshold of OpenTelemetry, and by attributes."""

import json
import time
from collections.abc import Sequence
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace._sampling_experimental import composable_traceid_ratio_based, composite_sampler
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_ON, Sampler
from opentelemetry.trace import SpanKind, Status, StatusCode

from culpa.instrumentation.cli import main
from culpa.store import RemoteStore

from .conftest import Running
from .payload import traces


def _serve(running: Running, sampler: Sampler, service: str, statuses: Sequence[int], **attributes: Any) -> None:
    """Send a request of each status, as the SDK does with that sampler."""
    provider = TracerProvider(sampler=sampler, resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{running.url}/v1/traces")))
    tracer = provider.get_tracer("test")
    for status in statuses:
        told = {"http.request.method": "GET", "http.route": f"/{service}", "url.path": f"/{service}"}
        with tracer.start_as_current_span(f"GET /{service}", kind=SpanKind.SERVER) as span:
            # Later: this sampler of the SDK drops those that a span begins with.
            span.set_attributes({**told, "http.response.status_code": status, **attributes})
            if status >= 500:
                span.add_event("exception", {"exception.type": "KeyError", "exception.message": service})
                span.set_status(Status(StatusCode.ERROR))
    provider.shutdown()


def _call(running: Running, service: str, failing: Sequence[bool], **attributes: Any) -> None:
    """Send calls of somebody else, some of which fail."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(f"{running.url}/v1/traces")))
    told = {"server.address": "pay.example", "url.full": "https://pay.example/", **attributes}
    for is_failing in failing:
        with provider.get_tracer("test").start_as_current_span("GET", kind=SpanKind.CLIENT, attributes=told) as span:
            if is_failing:
                span.set_status(Status(StatusCode.ERROR))
    provider.shutdown()


def _problems(running: Running, service: str, number: int = 1) -> list[dict[str, Any]]:
    """Return the problems of a service, when all its failures are judged."""
    store = RemoteStore(running.url)
    failed = f"select count(*) as n from spans where service_name = '{service}' and http_response_status_code >= 500"
    judged = f"select count(*) as n from verdicts where settled and service = '{service}'"
    give_up_at = time.monotonic() + 60
    while not 0 < store.query(failed).to_pylist()[0]["n"] == store.query(judged).to_pylist()[0]["n"]:
        assert time.monotonic() < give_up_at, running.log.read_text()
        time.sleep(0.2)
    asked = f"select requests, share, sampled_one_in, persistent from problems where routes = ['/{service}']"
    found: list[dict[str, Any]] = store.query(asked).to_pylist()
    assert number == len(found)
    return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a collector that judges soon."""
    found = Running(tmp_path_factory.mktemp("sampled") / "store", "--settle-s", "0.5")
    yield found
    found.stop()


def test_the_threshold_of_an_sdk_counts(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """One in four is kept of the healthy, and every failing one by a second sampler: the share is that of all."""
    _serve(running, composite_sampler(composable_traceid_ratio_based(0.25)), "quarter", [200] * 400)
    _serve(running, ALWAYS_ON, "quarter", [500] * 20)
    kept = RemoteStore(running.url).query(
        "select count(*) as n, min(sampled_one_in) as least, max(sampled_one_in) as most, max(trace_state) as state "
        "from spans where service_name = 'quarter' and http_response_status_code = 200"
    )
    [row] = kept.to_pylist()
    assert 50 < row["n"] < 160 and (4.0, 4.0) == (row["least"], row["most"]) and "th:c" in row["state"]
    [problem] = _problems(running, "quarter")
    assert (20, 1.0) == (problem["requests"], problem["sampled_one_in"])
    assert problem["share"] == pytest.approx(20 / (20 + 4 * row["n"]))
    assert 0 == main(["problems", "--store", running.url, "--service", "quarter"])
    assert "sampled" not in capsys.readouterr().out


def test_sampled_failures_are_said_to_be_about_so_many(running: Running, capsys: pytest.CaptureFixture[str]) -> None:
    """By the threshold; the same share as if nothing were sampled."""
    _serve(running, composite_sampler(composable_traceid_ratio_based(0.125)), "eighth", [500, 200] * 400)
    [problem] = _problems(running, "eighth")
    assert 8.0 == problem["sampled_one_in"] and 20 < problem["requests"] < 90
    assert 0.3 < problem["share"] < 0.7
    assert 0 == main(["problems", "--store", running.url, "--service", "eighth"])
    assert f"about {problem['requests'] * 8} (sampled 1 in 8)" in " ".join(capsys.readouterr().out.split())
    page = running.request("/", method="GET")[1].decode()
    assert "sampled 1 in 8" in page
    store = RemoteStore(running.url)
    asked = "select fingerprint from problems where routes = ['/eighth']"
    fingerprint = store.query(asked).to_pylist()[0]["fingerprint"]
    page = running.request(f"/problems/{fingerprint}?whole=1", method="GET")[1].decode()
    assert "all of its routes, estimated (sampled 1 in 8)" in page
    assert f"about {problem['requests'] * 8} failed requests of " in page


def test_the_map_counts_what_was_there(running: Running) -> None:
    """Calls and those who are to blame, of what was kept; beside a service of which everything was."""
    for service, one_in in (("whole", 1), ("third", 3)):
        attributes = {"SampleRate": one_in} if one_in > 1 else {}
        _serve(running, ALWAYS_ON, service, [500] * 4, **attributes)
        _call(running, service, [False, False, True], **attributes)
        _problems(running, service)
    found = json.loads(running.request("/api/v1/map?window=1h", method="GET")[1])
    calls = {row["caller"]: [row[name] for name in ("calls", "failed", "sampled_one_in")] for row in found["calls"]}
    assert {"whole": [3, 1, 1.0], "third": [9, 3, 3.0]} == {name: calls[name] for name in ("whole", "third")}
    blame = {row["service"]: (row["requests"], row["sampled_one_in"]) for row in found["blame"]}
    assert ((4, 1.0), (12, 3.0)) == (blame["whole"], blame["third"])
    page = running.request("/map?window=1h", method="GET")[1].decode()
    assert "estimated where spans were sampled" in page and "about 12 (sampled 1 in 3)" in page


@pytest.mark.parametrize(
    ("service", "attributes"), [("rated", {"SampleRate": 20}), ("ratio", {"sampling.ratio": 0.05})]
)
def test_an_attribute_says_it_too(running: Running, service: str, attributes: dict[str, Any]) -> None:
    """As Honeycomb's and others' senders write it."""
    _serve(running, ALWAYS_ON, service, [500, 500, 200], **attributes)
    [problem] = _problems(running, service)
    assert (2, 20.0, pytest.approx(2 / 3)) == (problem["requests"], problem["sampled_one_in"], problem["share"])


def test_without_sampling_every_answer_stays_as_it_is(running: Running) -> None:
    """One stands for itself."""
    _serve(running, ALWAYS_ON, "plain", [500] * 3 + [200])
    [problem] = _problems(running, "plain")
    assert {"requests": 3, "share": 0.75, "sampled_one_in": 1.0, "persistent": False} == problem


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("ot=th:8", 2.0),
        ("ot=rv:01234567890123;th:c", 4.0),
        ("vendor=th:f, ot=th:e;rv:01234567890123", 8.0),
        ("ot=th:0", 1.0),
        ("ot=th:fd70a3d70a3d71", pytest.approx(100.0)),
        ("ot=th:ffffffffffffff", 1e9),
        ("ot=th:", 0.0),
        ("ot=th:xyz", 0.0),
        ("ot=th:123456789012345", 0.0),
        ("not=th:c", 0.0),
        ("", 0.0),
    ],
)
def test_the_threshold_is_read_as_the_specification_says(collector: Running, state: str, expected: float) -> None:
    """Trailing zeros are left out; what is none says nothing."""
    number = 10**6 + sum(state.encode())
    request = traces(number, 1)
    request.resource_spans[0].scope_spans[0].spans[0].trace_state = state
    assert 200 == collector.export(request.SerializeToString())[0]
    asked = "select sampled_one_in as n from spans where trace_id = $id"
    assert [{"n": expected}] == RemoteStore(collector.url).query(asked, {"id": f"{number:032x}"}).to_pylist()
