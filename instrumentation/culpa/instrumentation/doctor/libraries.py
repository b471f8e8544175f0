"""Which installed libraries leave spans and which do not. Runs in the interpreter of the program in question.

`python -m culpa.instrumentation.doctor.libraries FOLDER` prints the answer as JSON. Loads none of the libraries.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, entry_points, packages_distributions, version
from pathlib import Path
from typing import Any

from opentelemetry.instrumentation.bootstrap_gen import libraries
from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts

from culpa.instrumentation.doctor.spot import Spot, blind, note
from culpa.instrumentation.instrumentors import SQLALCHEMY_WORKS_WITH

#: Instrumented by our own hooks alone; the hook has the library's name.
_OURS = ("aiomysql", "pika")
#: Talk to other systems, and nobody offers an instrumentation.
_UNTRACED = (
    *("aiosqlite", "asyncmy", "clickhouse-connect", "clickhouse-driver", "mariadb", "oracledb", "pyodbc"),
    *("pymssql", "sanic", "litestar", "twisted", "websockets"),
)
#: What a missing span of theirs would tell is told by the HTTP client below, or tells nothing about a request.
_NEGLIGIBLE = re.compile(
    r"click|asgi\b|jinja|boto|tortoise|system-metrics"
    r"|openai|vertexai|google|langchain|anthropic|bedrock|mcp|genai"
)
_MOST_FILES = 4000
_SKIPPED = frozenset(("site-packages", "node_modules", "__pycache__", "tests", "test", "build", "dist", "venv"))
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def check_libraries(folder: Path) -> tuple[list[str], list[Spot]]:
    """Return what will be seen (`name version`), and the spots that will not."""
    seen: list[str] = []
    spots: list[Spot] = []
    used = imported(folder)
    for name, told in _instrumentors():
        if isinstance(told, Spot):
            spots.append(told)
        else:
            seen.append(f"{name} {told}")
    seen += [f"{name} {found}" for name in _OURS if (found := _version(name))]
    idle: list[str] = []
    for name, package in _without():
        if _modules_of(name) & used:
            todo = f"pip install '{package}'" if package else "look for their errors in the request's own exception"
            says = f"{name} {_version(name)} is imported here and has no instrumentation"
            spots.append(blind(name, f"{says}: its calls leave no spans", todo))
        elif package:
            idle.append(package.partition("==")[0])
    if idle:
        says = "installed libraries have an instrumentation that is not; nothing in this folder imports them"
        spots.append(note("libraries", says, f"if they are used: pip install {' '.join(sorted(set(idle)))}"))
    return sorted(set(seen)), spots


def _instrumentors() -> Iterator[tuple[str, str | Spot]]:
    """Yield each instrumentor whose library is installed: the library's version, or what is wrong."""
    for point in entry_points(group="opentelemetry_instrumentor"):
        dist = point.dist
        conflict: Any = get_dist_dependency_conflicts(dist) if dist is not None else None
        wanted = _libraries(dist)
        variants = [name for name in wanted if name == point.name or name.startswith(f"{point.name}-")]
        if variants and not any(map(_version, variants)):
            continue  # one package for several libraries, of which this one is not there
        if conflict is None:
            yield point.name, next((found for name in wanted if (found := _version(name))), "(standard library)")
        elif point.name == "sqlalchemy" and _version("sqlalchemy").startswith(SQLALCHEMY_WORKS_WITH):
            yield point.name, _version("sqlalchemy")
        elif conflict.found or conflict.found_any:
            found = conflict.found or ", ".join(conflict.found_any)
            ranges = conflict.required or " or ".join(map(str, conflict.required_any))
            says = f"{found} is installed, the instrumentation knows {ranges}: no spans of it"
            package = dist.metadata["Name"] if dist is not None else ""
            yield point.name, blind(point.name, says, f"install a version that it knows, or a newer {package}")


def _libraries(dist: Any) -> list[str]:
    """Return the libraries that an instrumentation's extras `instruments` and `instruments-any` name."""
    requires: list[str] = dist.requires or [] if dist else []
    wanted = [one for one in requires if "extra ==" in one and "instruments" in one]
    return [match.group() for one in wanted if (match := _NAME.match(one))]


def _without() -> Iterator[tuple[str, str]]:
    """Yield installed libraries without an installed instrumentation, and the package that would help."""
    covered: set[str] = set(_OURS)
    missing: dict[str, str] = {}
    for row in libraries:
        match = _NAME.match(row["library"])
        package = row["instrumentation"]
        if match is None or not _version(match.group()):
            continue
        if _version(package.partition("=")[0].partition(">")[0]):
            covered.add(match.group())
        elif not _NEGLIGIBLE.search(package):
            missing[match.group()] = package
    yield from ((name, package) for name, package in missing.items() if name not in covered)
    yield from ((name, "") for name in _UNTRACED if _version(name))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _modules_of(name: str) -> set[str]:
    wanted = re.sub(r"[-_.]+", "-", distribution(name).metadata["Name"]).lower()
    return {
        module
        for module, owners in packages_distributions().items()
        if wanted in {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners}
    }


def imported(folder: Path) -> set[str]:
    """Return the top-level modules that the Python files below a folder import."""
    found: set[str] = set()
    for path in _sources(folder):
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found |= {one.name.partition(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def _sources(folder: Path) -> Iterator[Path]:
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


if __name__ == "__main__":
    known, unknown = check_libraries(Path(sys.argv[1]))
    rows = [[spot.level, spot.about, spot.says, spot.todo] for spot in unknown]
    json.dump({"seen": known, "spots": rows}, sys.stdout)
