"""The program's own Python files: what they import, and where they set up OpenTelemetry themselves."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_MOST_FILES = 4000
_SKIPPED = frozenset(("site-packages", "node_modules", "__pycache__", "tests", "test", "build", "dist", "venv"))
#: Calls that set a provider of tracers; the last name of each.
_SETTING_UP = frozenset(("set_tracer_provider", "configure_azure_monitor", "configure_opentelemetry"))
#: Libraries whose `configure` sets one.
_TOOLS = frozenset(("logfire",))


@dataclass
class Sources:
    """The top-level modules that a folder's files import, and `file:line` of each call that sets OpenTelemetry up."""

    imported: set[str] = field(default_factory=set[str])
    set_up: list[str] = field(default_factory=list[str])


def read(folder: Path) -> Sources:
    """Read the Python files below a folder; what cannot be parsed is left out."""
    found = Sources()
    for path in _files(folder):
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found.imported |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.imported.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Call) and _sets_up(node.func):
                found.set_up.append(f"{path.relative_to(folder)}:{node.lineno}")
    return found


def _sets_up(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        owner = called.value
        is_tool = isinstance(owner, ast.Name) and owner.id in _TOOLS and called.attr == "configure"
        return is_tool or called.attr in _SETTING_UP
    return isinstance(called, ast.Name) and called.id in _SETTING_UP


def _files(folder: Path) -> Iterator[Path]:
    left = _MOST_FILES
    waiting = [folder]
    while waiting and left:
        try:
            entries = sorted(waiting.pop().iterdir())
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir() and not entry.is_symlink():
                if not _is_foreign(entry):
                    waiting.append(entry)
            elif entry.suffix == ".py" and left:
                left -= 1
                yield entry


def _is_foreign(folder: Path) -> bool:
    """Tell whether a folder holds others' code, or none that serves requests."""
    return folder.name in _SKIPPED or folder.name.startswith(".") or (folder / "pyvenv.cfg").exists()
