"""The pages of the causes, one for each layer: what each means, what is said of it, a real example, and its runbook."""

import importlib.util
from pathlib import Path
from typing import Any

from culpa.knowledge import LAYERS, Cause, causes, read_runbook
from culpa.knowledge.causes import cause_files
from generated.examples import Example, examples

_HEAD = """# Causes: {layer}

<!-- Written by `make docs` from analysis/culpa/knowledge/causes/ and the recordings of the tests; do not edit. -->
"""
_NAMES = {"web_server": "web server", "app": "the app", "config": "configuration", "host": "the machine"}
_SYSTEMS = {
    "apache": "Apache",
    "django": "Django",
    "gunicorn": "gunicorn",
    "laravel": "Laravel",
    "mysql": "MySQL and MariaDB",
    "nginx": "nginx",
    "php_fpm": "PHP-FPM",
    "postgresql": "PostgreSQL",
    "rails": "Rails",
    "redis": "Redis",
}


def layers() -> list[str]:
    """Return the layers, each of which has a page."""
    return list(LAYERS)


def cause_page(layer: str) -> str:
    """Return the page of a layer."""
    parts = [_HEAD.format(layer=_NAMES.get(layer, layer))]
    for cause in causes().values():
        if cause.layer == layer:
            parts += [_about(cause), _example(cause.code, examples().get(cause.code)), _runbook(cause.code)]
            parts += [
                f"### {cause.code} on {_SYSTEMS[key.rpartition('.')[2]]}\n\n{_runbook(key)}"
                for key in cause_files()
                if key.rpartition(".")[0] == cause.code and read_runbook(key).system
            ]
    return "\n".join(parts)


def _about(cause: Cause) -> str:
    thing = f" `object` is {cause.object}." if cause.object else ""
    lines = [f"## {cause.code}", "", f"{cause.meaning[0].upper()}{cause.meaning[1:]}.{thing}", ""]
    if cause.sentence:
        said = cause.sentence.format(
            it="COMPONENT", about=" (OBJECT)", exception="EXCEPTION", contact="refused the connection"
        )
        lines += [f"What is said of it: *{said}*.", ""]
    return "\n".join(lines)


def _example(code: str, found: Example | None) -> str:
    if not found:
        kind, words = _raised()[code]
        return f"No recording has it. The tests reach it from the exception `{kind}`:\n\n```text\n{words}\n```\n"
    said = "\n".join(f"- {line}" for line in found.evidence)
    return f"A real example, the recording `{found.recording}` ({found.injected}):\n\n```text\n{found.sentence}\n\n{said}\n```\n"


def _runbook(key: str) -> str:
    """Return what to do with its headings in bold, as a page has many of each."""
    return "\n".join(f"**{heading}**\n\n{body}\n" for heading, body in read_runbook(key).sections.items())


def _raised() -> dict[str, Any]:
    path = Path(__file__).parents[1] / "analysis" / "test_every_cause.py"
    spec = importlib.util.spec_from_file_location("every_cause", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.RAISED)
