"""An app that sets up OpenTelemetry itself keeps all of it under `culpa run`, and fails as visibly as any other."""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

TRACE = "c0ffee" + "0" * 26


def _objects(path: Path) -> list[dict[str, Any]]:
    """Return the JSON objects that a console exporter wrote one after the other."""
    text, at, found = path.read_text(), 0, []
    decoder = json.JSONDecoder()
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        one, at = decoder.raw_decode(text, at)
        found.append(one)
    return found


@pytest.fixture(scope="module")
def shop(serve: Any, culpa_run: Any, free_port: Any, sink: Any, tmp_path_factory: Any) -> Any:
    """Run the app with its own OpenTelemetry, and let one order fail."""
    folder = tmp_path_factory.mktemp("own")
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "--port", str(port), "own_otel_shop:app")
    server = serve(command, port, {"OWN_FOLDER": str(folder)})
    assert 500 == server.get("/order", TRACE).status_code
    sink.wait(lambda s: [one for one in s.spans if one.kind == 2 and one.trace_id == TRACE])
    sink.wait(lambda s: [one for one in s.logs if one.body == "tea is out"])
    time.sleep(1.2)  # two readings of the app's own metrics
    return folder, server


def test_its_own_exporters_have_its_spans_and_those_of_the_instrumentations(shop: Any) -> None:
    """One trace, in its own words, unredacted, with its own resource."""
    folder, _ = shop
    spans = [one for one in _objects(folder / "spans") if one["context"]["trace_id"] == f"0x{TRACE}"]
    names = [one["name"] for one in spans]
    assert {"count", "look up", "GET /order"} <= set(names)
    assert 1 == names.count("GET /order")
    assert ["hunter2"] == [one["attributes"]["db.password"] for one in spans if one["name"] == "look up"]
    resources = [one["resource"]["attributes"] for one in spans]
    assert [("tea-till", "green")] == list({(one["service.name"], one["team"]) for one in resources})
    assert [] == [one for one in resources if "process.pid" in one]


def test_its_exporter_sends_where_it_would_without_culpa(shop: Any) -> None:
    """What `culpa run` fills in is culpa's; the SDK of the app reads the app's own environment."""
    folder, _ = shop
    assert "http://localhost:4318/v1/traces" == (folder / "endpoint").read_text()


def test_culpa_has_the_same_trace_once_under_the_apps_own_name(shop: Any, sink: Any) -> None:
    """Redacted, with the process that joins it to what servers log."""
    spans = [one for one in sink.spans if one.trace_id == TRACE]
    assert {"count": 1, "look up": 1, "GET /order": 1}.items() <= Counter(one.name for one in spans).items()
    assert ["tea-till"] == list({one.resource["service.name"] for one in spans})
    assert all("process.pid" in one.resource for one in spans)
    assert "hunter2" not in str(spans)
    failed = next(one for one in spans if one.name == "GET /order")
    assert failed.error
    assert ["LookupError"] == list({one["exception.type"] for span in spans for one in span.exceptions})


def test_a_log_record_is_sent_once_to_each(shop: Any, sink: Any) -> None:
    """By its own handler to its exporter, by our hook to culpa; what it emits by the API goes to both."""
    folder, _ = shop
    theirs = Counter(one["body"] for one in _objects(folder / "logs"))
    ours = Counter(one.body for one in sink.logs)
    for body in ("no tea left", "tea is out"):
        assert (1, 1) == (theirs[body], ours[body]), body
    assert ["tea-till"] == list({one.resource["service.name"] for one in sink.logs if one.body == "tea is out"})


def test_its_metrics_go_on_and_have_those_of_the_instrumentations(shop: Any) -> None:
    """As if it had loaded them itself."""
    folder, _ = shop
    told = _objects(folder / "metrics")
    names = {
        metric["name"]
        for one in told
        for part in one["resource_metrics"]
        for scope in part["scope_metrics"]
        for metric in scope["metrics"]
    }
    assert {"orders", "http.server.request.duration"} <= names


def test_nothing_is_said_of_providers_that_override_another(shop: Any) -> None:
    """The app's log is as without culpa."""
    _, server = shop
    assert "Overriding" not in server.output
    assert "failed (" not in server.output


SAMPLED = """
from opentelemetry import trace
before = trace.get_tracer("before")
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.sdk.trace.export import SpanExporter, SimpleSpanProcessor
provider = TracerProvider({sampler})
trace.set_tracer_provider(provider)
assert trace.get_tracer_provider() is provider
with before.start_as_current_span("of an instrumentation"), trace.get_tracer("app").start_as_current_span("of the app"):
    pass
provider.shutdown()
trace.set_tracer_provider(TracerProvider())
"""


@pytest.mark.parametrize(
    ("sampler", "kept"), [("", {"of an instrumentation", "of the app"}), ("ALWAYS_OFF", set[str]())]
)
def test_its_sampler_decides_and_it_sets_one_provider(script: Any, sink: Any, sampler: str, kept: set[str]) -> None:
    """Also for tracers that were made before; a second provider is refused in the SDK's own words."""
    sink.spans.clear()
    done = script(SAMPLED.format(sampler=sampler))
    assert "Overriding of current TracerProvider is not allowed" in done.stderr
    assert 0 == done.returncode, done.stderr
    assert kept == {one.name for one in sink.spans}


def test_a_provider_of_another_kind_is_kept_as_well(script: Any, sink: Any) -> None:
    """Tools have providers that are none of the SDK's; culpa's own spans go on beside them."""
    done = script("""
        from opentelemetry import trace
        before = trace.get_tracer("before")

        class Own(trace.TracerProvider):
            def get_tracer(self, *_, **__):
                return trace.NoOpTracer()

        own = Own()
        trace.set_tracer_provider(own)
        print(trace.get_tracer_provider() is own)
        with before.start_as_current_span("beside another kind"):
            pass
        """)
    assert "True\n" == done.stdout, done.stderr
    sink.wait(lambda s: [one for one in s.spans if one.name == "beside another kind"])
