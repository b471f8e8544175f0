"""The snippet for Go: the lab builds and runs it; here its form, and that nothing in it hides a failure."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from culpa.instrumentation.doctor.settings import check_settings
from culpa.instrumentation.snippets import snippet


def test_its_settings_are_those_that_hide_no_failure() -> None:
    """The variables are those of every OpenTelemetry SDK, so the doctor's rules hold for them."""
    text = snippet("go", collector="http://collector:4318", service="go-shop")
    told = dict(re.findall(r"(OTEL_\w+)=(\S+)", text))
    assert ("go-shop", "http://collector:4318") == (told["OTEL_SERVICE_NAME"], told["OTEL_EXPORTER_OTLP_ENDPOINT"])
    # What the file itself sets, and the rules know only of Python.
    coded = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_LOGS_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
             "OTEL_PYTHON_DISTRO": "culpa", "OTEL_PYTHON_CONFIGURATOR": "culpa"}  # fmt: skip
    assert [] == check_settings(told | coded)


@pytest.mark.skipif(shutil.which("gofmt") is None, reason="a Go is not needed for anything else")
def test_it_is_a_go_file_as_gofmt_writes_it(tmp_path: Path) -> None:
    """Who saves it beside their own code has nothing to reformat."""
    (tmp_path / "telemetry.go").write_text(snippet("go"))
    done = subprocess.run(["gofmt", "-l", str(tmp_path)], capture_output=True, text=True)
    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
