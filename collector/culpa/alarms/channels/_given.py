"""What a user wrote of one channel, read with an eye on mistakes; secrets are looked up only when they are needed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from culpa.alarms.channels._channel import BadChannel, NotSent
from culpa.alarms.written import is_list, number

_MAX_BYTES = 16 * 1024


@dataclass(frozen=True)
class Secret:
    """Where a secret is: a file, which may change, a variable, or, of an address, the text itself."""

    channel: str
    file: str = ""
    variable: str = ""
    text: str = ""

    def read(self) -> str:
        """Return it. Errors: NotSent."""
        try:
            return self._read()
        except BadChannel as error:
            raise NotSent(str(error)) from error

    def _read(self) -> str:
        if self.variable:
            found = os.environ.get(self.variable, "")
            if not found:
                raise BadChannel(f"channel {self.channel!r}: the variable {self.variable} is not set")
            return found.strip()
        if not self.file:
            return self.text
        try:
            with Path(self.file).open("rb") as file:
                found = file.read(_MAX_BYTES).decode("utf-8", "replace").strip()
        except OSError as error:
            raise BadChannel(f"channel {self.channel!r}: {self.file} cannot be read: {error.strerror}") from error
        if not found:
            raise BadChannel(f"channel {self.channel!r}: {self.file} is empty")
        return found

    def check(self) -> None:
        """Look whether it is there. Errors: BadChannel."""
        self._read()

    def __repr__(self) -> str:
        """Return where it is, never what it is."""
        return f"<Secret {self.file or self.variable or 'written'}>"


class Given:
    """The keys of one channel. Whoever reads one has it known; what nobody knows is a mistake."""

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        """Hold what was written."""
        self.name = name
        self._table = table
        self._known = {"kind"}

    def wrong(self, what: str) -> BadChannel:
        """Return the error for something that was written."""
        return BadChannel(f"channel {self.name!r}: {what}")

    def text(self, key: str, default: str = "", *, is_needed: bool = False) -> str:
        """Return text. Errors: BadChannel."""
        self._known.add(key)
        value = self._table.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(f'{key} is text; write {key} = "…"')
        if is_needed and not value:
            raise self.wrong(f'{key} is missing; write {key} = "…"')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of text with something in it. Errors: BadChannel."""
        self._known.add(key)
        value = self._table.get(key)
        if not is_list(value) or not value or not all(isinstance(one, str) and one for one in value):
            raise self.wrong(f'{key} is a list of text; write {key} = ["…"]')
        return tuple(value)

    def number(self, key: str, default: float, least: float, most: float) -> float:
        """Return a number. Errors: BadChannel."""
        self._known.add(key)
        try:
            return number(self._table.get(key, default), key, default, least, most)
        except ValueError as error:
            raise self.wrong(str(error)) from error

    def switch(self, key: str) -> bool:
        """Return a switch, off where nothing is written. Errors: BadChannel."""
        self._known.add(key)
        value = self._table.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(f"{key} is true or false")
        return value

    def secret(self, key: str, *, may_be_written: bool = False, is_needed: bool = False) -> Secret | None:
        """Return where a secret is, by `…_file` or `…_env`; an address may stand in the file of rules itself.

        Errors: BadChannel.
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
        found = Secret(self.name, in_file, in_env, self.text(key) if may_be_written else "")
        found.check()
        return found

    def check_known(self) -> None:
        """Refuse keys that nobody read. Errors: BadChannel."""
        if strange := [key for key in self._table if key not in self._known]:
            raise self.wrong(f"key {strange[0]!r} is not known; known are {', '.join(sorted(self._known))}")
