"""Where a secret is that a user's file names: it is looked up only when it is needed, and never shown."""

import os
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 16 * 1024


class BadGiven(ValueError):
    """What was written cannot be used. The message says of what, and what to write; it holds no secret."""


@dataclass(frozen=True)
class Secret:
    """Where a secret is: a file, which may change, a variable, or, of an address, the text itself."""

    whose: str
    file: str = ""
    variable: str = ""
    text: str = ""

    def read(self) -> str:
        """Return it. Errors: BadGiven."""
        if self.variable:
            found = os.environ.get(self.variable, "")
            if not found:
                raise BadGiven(f"{self.whose}: the variable {self.variable} is not set")
            return found.strip()
        if not self.file:
            return self.text
        try:
            with Path(self.file).open("rb") as file:
                found = file.read(_MAX_BYTES).decode("utf-8", "replace").strip()
        except OSError as error:
            raise BadGiven(f"{self.whose}: {self.file} cannot be read: {error.strerror}") from error
        if not found:
            raise BadGiven(f"{self.whose}: {self.file} is empty")
        return found

    def __repr__(self) -> str:
        """Return where it is, never what it is."""
        return f"<Secret {self.file or self.variable or 'written'}>"
