"""Which installed libraries leave spans and which do not. Runs in the interpreter of the program in question.

`python -m culpa.instrumentation.doctor.libraries FOLDER` prints the answer as JSON. Loads none of the libraries.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions, version
from pathlib import Path
from typing import Any

from opentelemetry.instrumentation.bootstrap_gen import libraries
from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts

from culpa.instrumentation.doctor.sources import read
from culpa.instrumentation.doctor.spot import Level, Spot, blind, note
from culpa.instrumentation.offers import offered
from culpa.instrumentation.surroundings.instrumentors import SQLALCHEMY_WORKS_WITH

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
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def check_libraries(folder: Path) -> tuple[list[str], list[Spot]]:
    """Return what will be seen (`name version`), and the spots that will not."""
    seen: list[str] = []
    spots: list[Spot] = []
    sources = read(folder)
    used = sources.imported
    spots.append(_own_set_up(sources.set_up))
    for name, entry in _instrumentors():
        if isinstance(entry, Spot):
            spots.append(entry)
        else:
            seen.append(f"{name} {entry}")
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
    for point in offered("opentelemetry_instrumentor"):
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


def _own_set_up(places: list[str]) -> Spot:
    """Say which of the two it is: culpa sets OpenTelemetry up, or the program does."""
    if not places:
        return Spot(Level.SEEN, "OpenTelemetry", "culpa sets it up: no file here does")
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    says = f"the program sets it up itself ({places[0]}{more}): it keeps its provider, exporters and service.name"
    return note("OpenTelemetry", f"{says}, its sampler decides, and culpa takes copies of its spans")


if __name__ == "__main__":
    known, unknown = check_libraries(Path(sys.argv[1]))
    rows = [[spot.level, spot.about, spot.says, spot.todo] for spot in unknown]
    json.dump({"seen": known, "spots": rows}, sys.stdout)
