"""The snippet for the OpenTelemetry Collector: the Collector itself takes it, and what it hands on is judged."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import snippet

sys.path.insert(0, str(Path(__file__).parents[1]))

from lab.relays.build import binary

OTELCOL = binary()
needs_the_collector = pytest.mark.skipif(
    OTELCOL is None, reason="`make lab` builds the OpenTelemetry Collector, which needs Go and minutes"
)


def uncommented(text: str) -> str:
    """Switch on what the snippet leaves to distributions with file_storage."""
    return re.sub(r"(?m)^( *)# ((?:sending_queue|extensions|  file_storage/culpa): ?.*)$", r"\1\2", text)


def test_it_holds_back_nothing() -> None:
    """No processor that drops or changes, and every signal that culpa reads."""
    told = re.sub(r"(?m)^\s*#.*\n", "", snippet("collector", collector="http://culpa:4318"))
    assert "endpoint: http://culpa:4318\n" in told
    processors = told.partition("\nprocessors:\n")[2].partition("\nexporters:\n")[0]
    assert ["memory_limiter/culpa", "batch/culpa"] == re.findall(r"(?m)^  (\S+):$", processors)
    assert {"traces", "logs", "metrics"} == set(re.findall(r"(?m)^    (\w+)/culpa:\n      receivers", told))


@needs_the_collector
@pytest.mark.parametrize("change", [str, uncommented], ids=["as printed", "with its queue in files"])
def test_the_collector_takes_it(change: Any, tmp_path: Path) -> None:
    """As printed, and with the lines that are commented out."""
    text = change(snippet("collector"))
    (tmp_path / "config.yaml").write_text(text.replace("/var/lib/otelcol", str(tmp_path)))
    done = subprocess.run([str(OTELCOL), "validate", "--config", str(tmp_path / "config.yaml")], capture_output=True)
    assert (0, b"") == (done.returncode, done.stderr)


@pytest.fixture(scope="module")
def shop(crew: Any, apps: Path, new_port: Any, environment: Any, postgres: Any, collector: Any) -> dict[str, Any]:
    """Run an app that sends to a Collector, which hands on to culpa; its queue is in files."""
    ports = {"grpc": new_port(), "http": new_port(), "app": new_port()}
    text = uncommented(snippet("collector", collector=collector.url)).replace("/var/lib/otelcol", str(crew.folder))
    config = crew.folder / "otelcol.yaml"
    config.write_text(text.replace(":14317", f":{ports['grpc']}").replace(":14318", f":{ports['http']}"))
    crew.start([str(OTELCOL), "--config", str(config)], ports["http"])
    told = environment(
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{ports['http']}", OTEL_SERVICE_NAME="flask-shop",
        SHOP_DB_PORT=str(postgres.port),
    )  # fmt: skip
    flask = ["-m", "flask", "--app", str(apps / "flask" / "shop.py"), "run", "--port", str(ports["app"])]
    culpa = str(Path(sys.executable).with_name("culpa"))
    crew.start([culpa, "run", "--", sys.executable, *flask], ports["app"], env=told)
    return {"port": ports["app"]}


@needs_the_collector
def test_failures_behind_it_get_the_right_verdict(shop: dict[str, Any], fail_all: Any, ask: Any) -> None:
    """By spans, exceptions and log records that passed the Collector."""
    assert 200 == ask(shop["port"], "/well")[0]
    found = fail_all(shop["port"], {"bug": "/fail/bug", "drift": "/fail/drift"})
    assert ("app.unhandled_exception", "flask-shop") == (found["bug"]["cause"], found["bug"]["component"])
    assert ("config.schema_drift", "flask-shop") == (found["drift"]["cause"], found["drift"]["component"])
    assert "ZeroDivisionError" in found["bug"]["exception_type"]
