"""A declarative configuration (`OTEL_CONFIG_FILE`) starts the distro, or `culpa doctor` says what is missing."""

import sys
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.doctor.settings import check_settings
from culpa.instrumentation.doctor.spot import Level
from culpa.instrumentation.surroundings.environment import apply_defaults

TRACE = "dec1a2ed" + "0" * 24
_PROPAGATOR = "propagator: {composite: [{tracecontext: {}}]}\n"
_FILE = """
file_format: "1.0"
tracer_provider:
  processors:
    - batch: {schedule_delay: 100, exporter: {otlp_http: {endpoint: "URL/v1/traces"}}}
logger_provider:
  processors:
    - batch: {schedule_delay: 100, exporter: {otlp_http: {endpoint: "URL/v1/logs"}}}
"""


def _spots(path: object) -> list[tuple[Level, str]]:
    environ = {"OTEL_CONFIG_FILE": str(path)}
    apply_defaults(environ, ["uvicorn", "shop:app"], Path("/nonexistent"))
    return [(spot.level, spot.says) for spot in check_settings(environ) if spot.about == "OTEL_CONFIG_FILE"]


def test_a_file_starts_the_distro_and_names_neither_service_nor_process(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, tmp_path: Path
) -> None:
    declared, port = tmp_path / "otel.yaml", free_port()
    declared.write_text(_FILE.replace("URL", sink.url) + _PROPAGATOR)
    assert [Level.NOTE] == [level for level, _ in _spots(declared)]
    command = culpa_run(sink.url, "uvicorn", "--port", str(port), "fastapi_shop:app")
    server = serve(command, port, {"OTEL_CONFIG_FILE": str(declared), "OTEL_SERVICE_NAME": "till"})
    answer = server.get("/raise", TRACE)
    assert 500 == answer.status_code
    [span] = sink.wait(lambda s: [one for one in s.spans if one.kind == 2 and one.trace_id == TRACE])
    assert ("till", server.process.pid) == (span.resource["service.name"], span.resource["process.pid"])
    assert span.exceptions or [one for one in sink.logs if one.trace_id == TRACE and "exception.type" in one.attributes]
    assert TRACE in answer.headers["x-trace-id"]
    assert "ignoring configurator kwargs" not in server.output


def test_without_any_propagator_requests_are_served_as_before(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any
) -> None:
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "--port", str(port), "fastapi_shop:app")
    server = serve(command, port, {"OTEL_PROPAGATORS": "none"})
    assert 200 == server.get("/ok", TRACE).status_code
    assert "AttributeError" not in server.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the SDK does not start with"),
        ("file_format: '1.0'\ndisabled: true\n", "says disabled"),
        (
            "file_format: '1.0'\ntracer_provider: {processors: [{batch: {exporter: {console: {}}}}]}\n",
            "sends no spans by",
        ),
        (_FILE[: _FILE.index("logger_provider")] + _PROPAGATOR, "sends no log records by"),
        (_FILE, "names no propagator"),
        (_FILE.replace("tracer_provider:", "tracer_provider:\n  sampler: {always_off: {}}"), "has a sampler"),
    ],
)
def test_what_a_file_hides_is_a_blind_spot(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "otel.yaml"
    path.write_text(text)
    assert said in " | ".join(says for level, says in _spots(path) if level is Level.BLIND)


def test_a_file_that_is_not_there_is_a_blind_spot() -> None:
    [(level, says)] = _spots("/nowhere/otel.yaml")
    assert (Level.BLIND, True) == (level, "the SDK does not start with /nowhere/otel.yaml" in says)


def test_without_its_reader_the_sdk_does_not_start_and_doctor_says_what_to_install(run_in: Any, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['opentelemetry.configuration'] = None\n"
        "from culpa.instrumentation.doctor.declared import check_declared\n"
        "print([spot.todo for spot in check_declared('otel.yaml')])"
    )
    ran = run_in([sys.executable, "-c", code], tmp_path)
    assert "pip install opentelemetry-configuration" in ran.stdout, ran.stderr
