"""What a user wrote in one table of a file, read with an eye on mistakes."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from culpa.given.secret import BadGiven, Secret


def read_toml(path: str, advice: str) -> dict[str, Any]:
    """Return what a file holds; `advice` says what to name instead of one that cannot be read. Errors: BadGiven."""
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise BadGiven(f"{path} cannot be read: {error.strerror}; {advice}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadGiven(f"{path} is no TOML: {error}") from error


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Say whether it is a list, of whatever."""
    return isinstance(value, list)


def number(value: object, name: str, default: float, least: float, most: float) -> float:
    """Return a number within its bounds. Errors: ValueError, with what to write."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ValueError(
            f"{name} is a number from {least:g} to {most:g}, such as {name} = {default:g}; not {str(value)[:40]!r}"
        )
    return float(value)


class Given:
    """The keys of one table. Whoever reads one has it known; what nobody knows is a mistake."""

    def __init__(self, kind: str, name: str, table: Mapping[str, Any], known: tuple[str, ...] = ()) -> None:
        """Hold what was written of, say, the channel `oncall`; `known` are keys that somebody else reads."""
        self.name = name
        self._whose = f"{kind} {name!r}"
        self._table = table
        self._known = set(known)

    def wrong(self, what: str) -> BadGiven:
        """Return the error for something that was written."""
        return BadGiven(f"{self._whose}: {what}")

    def text(self, key: str, default: str = "", *, is_needed: bool = False) -> str:
        """Return text. Errors: BadGiven."""
        self._known.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(f'{key} is text; write {key} = "…"')
        if is_needed and not value:
            raise self.wrong(f'{key} is missing; write {key} = "…"')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of text with something in it. Errors: BadGiven."""
        self._known.add(key)
        value = self._table.get(key)
        if not is_list(value) or not value or not all(isinstance(one, str) and one for one in value):
            raise self.wrong(f'{key} is a list of text; write {key} = ["…"]')
        return tuple(value)

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """Return a number. Errors: BadGiven."""
        self._known.add(key)
        try:
            return number(self._table.get(key, default), key, default, least, most)
        except ValueError as error:
            raise self.wrong(str(error)) from error

    def switch(self, key: str, default: bool = False) -> bool:
        """Return a switch. Errors: BadGiven."""
        self._known.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} is true or false")
        return value

    def secret(self, key: str, *, may_be_written: bool = False, is_needed: bool = False) -> Secret | None:
        """Return where a secret is, by `…_file` or `…_env`; an address may stand in the file of rules itself.

        Errors: BadGiven.
        """
        in_file, in_env = self.text(f"{key}_file"), self.text(f"{key}_env")
        self._known.add(key)
        written = self._table.get(key)
        if written is not None and not may_be_written:
            raise self.wrong(f"{key} is a secret, and does not belong here; write {key}_file or {key}_env")
        ways = [bool(in_file), bool(in_env), written is not None]
        if sum(ways) > 1:
            raise self.wrong(f"write one of {key}_file and {key}_env" + (f" and {key}" if may_be_written else ""))
        if not any(ways):
            if is_needed:
                raise self.wrong(
                    f"{key} is missing; write {f'{key}, ' if may_be_written else ''}{key}_file or {key}_env"
                )
            return None
        found = Secret(self._whose, in_file, in_env, self.text(key) if may_be_written else "")
        found.read()
        return found

    def check_known(self) -> None:
        """Refuse keys that nobody read. Errors: BadGiven."""
        if strange := [key for key in self._table if key not in self._known]:
            raise self.wrong(f"key {strange[0]!r} is not known; known are {', '.join(sorted(self._known))}")
