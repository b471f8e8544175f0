"""The snippet for Java: its agent cannot be had where the tests run, what surrounds it can."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.doctor.settings import check_settings
from culpa.instrumentation.snippets import snippet


def sourced(folder: Path, environ: dict[str, str]) -> dict[str, str]:
    """Return what the snippet puts into the environment of a shell that sources it."""
    (folder / "java.sh").write_text(snippet("java", collector="http://collector:4318", service="java-shop"))
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        ["sh", "-ec", f". {folder}/java.sh; exec python3 -c '{code}'"], env=environ, capture_output=True, text=True
    )
    assert "" == done.stderr
    return {key: value for key, value in json.loads(done.stdout).items() if key.startswith(("OTEL_", "JAVA_"))}


def test_a_shell_takes_it_and_nothing_in_it_hides_a_failure(tmp_path: Path, environment: Any) -> None:
    """The variables are those of every OpenTelemetry SDK, so the doctor's rules hold for them."""
    told = sourced(tmp_path, environment())
    assert ("java-shop", "http://collector:4318") == (told["OTEL_SERVICE_NAME"], told["OTEL_EXPORTER_OTLP_ENDPOINT"])
    python = {"OTEL_PYTHON_DISTRO": "culpa", "OTEL_PYTHON_CONFIGURATOR": "culpa", "OTEL_TRACES_EXPORTER": "otlp"}
    assert [] == check_settings(told | python)


@pytest.mark.skipif(shutil.which("java") is None, reason="a Java is not needed for anything else")
def test_a_jvm_looks_for_the_agent_where_the_snippet_says(tmp_path: Path, environment: Any) -> None:
    """Without the file it does not start, and says so: the snippet warns of that."""
    told = sourced(tmp_path, environment())
    jar = told["JAVA_TOOL_OPTIONS"].removeprefix("-javaagent:")
    done = subprocess.run(["java", "-version"], env=environment(**told), capture_output=True, text=True)
    assert (1, True) == (done.returncode, f"Error opening zip file or JAR manifest missing : {jar}" in done.stderr)
    assert "does not start" in snippet("java")
