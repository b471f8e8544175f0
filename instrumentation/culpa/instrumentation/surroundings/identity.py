"""Find a service's name, version and revision from the command that starts it. Reads files, runs nothing."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from culpa.instrumentation.surroundings.revision import revision
from culpa.instrumentation.surroundings.target import target

#: Module names that say what a file is, not whose it is.
_GENERIC = frozenset(
    {"__main__", "api", "app", "application", "asgi", "backend", "config", "core", "main", "manage", "run"}
    | {"server", "service", "settings", "src", "web", "wsgi"}
    | {"base", "dev", "development", "local", "prod", "production", "staging", "test"}
)


@dataclass(frozen=True)
class Identity:
    """Who a process is: its service name, the package that is its own code, and resource attributes."""

    name: str = ""
    package: str = ""
    attributes: dict[str, str] = field(default_factory=dict[str, str])


def identify(command: Sequence[str], folder: Path, environ: Mapping[str, str]) -> Identity:
    """Return what the command, its folder's pyproject.toml and .git tell. Unreadable files tell nothing."""
    project = _project(folder)
    parts = target(list(command), folder, environ).split(".")
    telling = [part for part in parts if part and part.lower() not in _GENERIC]
    name = telling[0] if telling else str(project.get("name") or folder.resolve().name)
    attributes = {"service.version": _version(project, telling)} | revision(folder)
    known = {key: value for key, value in attributes.items() if value}
    return Identity(name, telling[0] if telling else "", known)


def _project(folder: Path) -> dict[str, Any]:
    """Return the [project] table of the nearest pyproject.toml, {} if there is none."""
    for parent in _upwards(folder):
        try:
            with (parent / "pyproject.toml").open("rb") as file:
                project: Any = tomllib.load(file).get("project")
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        return project if isinstance(project, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # any TOML
    return {}


def _upwards(folder: Path) -> Iterator[Path]:
    """Yield the folder and its parents up to the repository's root; only the folder where there is none."""
    chain = [folder, *folder.resolve().parents]
    roots = [at for at, parent in enumerate(chain) if (parent / ".git").exists()]
    yield from chain[: roots[0] + 1] if roots else chain[:1]


def _version(project: dict[str, Any], telling: list[str]) -> str:
    if isinstance(project.get("version"), str):
        return str(project["version"])
    for name in (project.get("name"), *telling[:1]):
        if isinstance(name, str):
            try:
                return metadata.version(name)
            except (metadata.PackageNotFoundError, ValueError):
                continue
    return ""
