"""All sayings: those of this room, a file per speaker, and those of a user's own folder before them.

Whoever judges needs of ours the patterns alone, and soon: to read all of the files as TOML takes a tenth of a second.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from culpa.knowledge.codes import code_lines
from culpa.knowledge.own import own_folder
from culpa.knowledge.saying import BadSaying, Saying, read_saying

#: A text as nearly all are written there.
_TEXT = re.compile(r"""(\w+) = (?:'''(.+)'''|'(.+)'|"([^"\\]+)")""")


def sayings() -> tuple[Saying, ...]:
    """Return every saying, the user's own first. Errors: BadSaying."""
    folder = own_folder()
    return (*(_own(folder) if folder else ()), *_ours())


def sayings_about(topic: str) -> tuple[Saying, ...]:
    """Return the sayings about a topic, the user's own first; ours without `samples`, `near` and `source`.

    Errors: BadSaying.
    """
    return _by_topic(own_folder()).get(topic, ())


def check_own() -> None:
    """Read the user's own folder, where one is named. Errors: BadSaying, BadTable: what to correct in which file."""
    if folder := own_folder():
        _own(folder)
        code_lines()


@cache
def _by_topic(folder: Path | None) -> dict[str, tuple[Saying, ...]]:
    found: dict[str, list[Saying]] = {}
    for saying in (*(_own(folder) if folder else ()), *_patterns_of_ours()):
        found.setdefault(saying.about, []).append(saying)
    return {topic: tuple(about) for topic, about in found.items()}


@cache
def _ours() -> tuple[Saying, ...]:
    return tuple(saying for name, text in _texts() for saying in _read(name, text, is_own=False))


@cache
def _patterns_of_ours() -> tuple[Saying, ...]:
    return tuple(
        saying for name, text in _texts() for saying in _said(name, _heads(text) or _entries(name, text), is_own=False)
    )


def _heads(text: str) -> list[dict[str, str]]:
    """Return of each entry what stands before its samples, none where one has a line there that is no plain text.

    Samples, what comes near, and the source stand last in our files.
    """
    found: list[dict[str, str]] = []
    for entry in text.split("[[saying]]\n")[1:]:
        lines = entry.partition("\nsamples = ")[0].splitlines()
        texts = [known for line in lines if (known := _TEXT.fullmatch(line))]
        if len(texts) < len(lines):
            return []
        found.append({known[1]: known[2] or known[3] or known[4] for known in texts})
    return found


def _texts() -> Iterator[tuple[str, str]]:
    for entry in sorted((files("culpa.knowledge") / "sayings").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield entry.name, entry.read_text("utf-8")


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
    ours = [one for one in _patterns_of_ours() if one.about == saying.about]
    known = sorted({field for one in ours for field in (*one.patterns, *one.not_patterns)})
    if strange := {*saying.patterns, *saying.not_patterns} - {*known}:
        raise BadSaying(
            f"{saying.speaker}.toml: a saying about {saying.about!r} has a pattern for {sorted(strange)[0]!r}, "
            f"which is not looked at there; use {', '.join(known)}"
        )


def _read(name: str, text: str, *, is_own: bool) -> list[Saying]:
    return _said(name, _entries(name, text), is_own=is_own)


def _entries(name: str, text: str) -> list[dict[str, Any]]:
    try:
        entries: list[dict[str, Any]] = tomllib.loads(text).get("saying", [])
    except tomllib.TOMLDecodeError as error:
        raise BadSaying(f"{name}: is no TOML: {error}; write an entry as [[saying]] and key = 'text' lines") from error
    return entries


def _said(name: str, entries: Sequence[Mapping[str, Any]], *, is_own: bool) -> list[Saying]:
    speaker = Path(name).stem
    found: list[Saying] = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(read_saying(speaker, entry, is_own=is_own))
        except BadSaying as error:
            raise BadSaying(f"{name}: saying {number}: {error}") from error
    return found
