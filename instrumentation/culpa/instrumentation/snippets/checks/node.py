"""Check a Node project: OpenTelemetry's packages among its dependencies."""

import json
from pathlib import Path
from typing import Any

from culpa.instrumentation.snippets.finding import Finding, Unreadable

_PACKAGES = ("@opentelemetry/api", "@opentelemetry/auto-instrumentations-node")


def check(path: Path) -> list[Finding]:
    """Return what a package.json, or the one of a folder, lacks; the environment of the process is not seen."""
    file = path / "package.json" if path.is_dir() else path
    try:
        project: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise Unreadable(f"{file} is not JSON: {error}") from error
    known = project.get("dependencies", {})
    missing = [name for name in _PACKAGES if name not in known]
    if not missing:
        return []
    advice = f"npm install {' '.join(missing)}\nculpa snippet node   # the environment"
    return [Finding(f"requests have no spans: {' and '.join(missing)} is no dependency", advice, str(file))]
