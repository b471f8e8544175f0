"""All sayings: those of this room, a file per speaker, and those of a user's own folder before them."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from culpa.knowledge.codes import code_lines
from culpa.knowledge.own import own_folder
from culpa.knowledge.saying import BadSaying, Saying, read_saying


def sayings() -> tuple[Saying, ...]:
    """Return every saying, the user's own first. Errors: BadSaying."""
    folder = own_folder()
    return (*(_own(folder) if folder else ()), *_ours())


def check_own() -> None:
    """Read the user's own folder, where one is named. Errors: BadSaying, BadTable: what to correct in which file."""
    if own_folder():
        sayings()
        code_lines()


@cache
def _ours() -> tuple[Saying, ...]:
    found: list[Saying] = []
    for entry in sorted((files("culpa.knowledge") / "sayings").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            found += _read(entry.name, entry.read_text("utf-8"), is_own=False)
    return tuple(found)


@cache
def _own(folder: Path) -> tuple[Saying, ...]:
    if not folder.is_dir():
        raise BadSaying(f"there is no folder {folder}; name one that holds your sayings, or leave it out")
    found: list[Saying] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadSaying(f"{path}: cannot be read: {error}") from error
        found += _read(str(path), text, is_own=True)
    for saying in found:
        _check_fields(saying)
    return tuple(found)


def _check_fields(saying: Saying) -> None:
    """Refuse a pattern for what its topic does not look at: no sentence of SQL would have a column for it."""
    ours = [one for one in _ours() if one.about == saying.about]
    known = sorted({field for one in ours for field in (*one.patterns, *one.not_patterns)})
    if strange := {*saying.patterns, *saying.not_patterns} - {*known}:
        raise BadSaying(
            f"{saying.speaker}.toml: a saying about {saying.about!r} has a pattern for {sorted(strange)[0]!r}, "
            f"which is not looked at there; use {', '.join(known)}"
        )


def _read(name: str, text: str, *, is_own: bool) -> list[Saying]:
    try:
        entries: list[dict[str, Any]] = tomllib.loads(text).get("saying", [])
    except tomllib.TOMLDecodeError as error:
        raise BadSaying(f"{name}: is no TOML: {error}; write an entry as [[saying]] and key = 'text' lines") from error
    speaker = Path(name).stem
    found: list[Saying] = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(read_saying(speaker, entry, is_own=is_own))
        except BadSaying as error:
            raise BadSaying(f"{name}: saying {number}: {error}") from error
    return found
