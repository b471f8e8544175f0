"""Count what was read and what was not, and say the latter on stderr while it happens."""

import sys
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from culpa.collector.recorded.sheet import Sheet, table_of
from culpa.instrumentation.plain import visible

#: Said of one file, and of files nobody knows, before it is only counted.
_SAID_OF_A_FILE = 5
_SAID_OF_FILES = 25


class Report:
    """What `culpa ingest` says at its end, and to `--strict`."""

    def __init__(self, *, is_quiet: bool = False, command: str = "ingest") -> None:
        """Begin with nothing read; `command` is who says it."""
        self._command = command
        self.rows: Counter[str] = Counter()
        self.repeated = 0
        self.bad_lines = 0
        self.bad_files = 0
        self.unknown_files = 0
        self.exports = 0
        self.empty = 0  # exports without any row
        self.sheets: list[Sheet] = []
        self._is_quiet = is_quiet
        self._said: Counter[Path] = Counter()

    @property
    def is_clean(self) -> bool:
        """Return whether all that was found was read."""
        return not (self.bad_lines or self.bad_files or self.unknown_files)

    @property
    def is_in_vain(self) -> bool:
        """Return whether something was handed in, and nothing of it could be read."""
        has_read = self.exports > self.empty or self.repeated or any(sheet.records for sheet in self.sheets)
        return not has_read and not self.is_clean

    def sheet(self, path: Path, wrappers: Sequence[str]) -> Sheet:
        """Return a new sheet for a file of records."""
        self.sheets.append(Sheet(path, tuple(wrappers)))
        return self.sheets[-1]

    def table(self, of_requests: AbstractSet[str]) -> str:
        """Return a table of the files of records; `of_requests` are ids of log records that belong to a request."""
        return table_of(self.sheets, of_requests)

    def bad_line(self, path: Path, line: int, why: str, unit: str = "", *, is_kept: bool = False) -> None:
        """Count a line or message that could not be read; `is_kept` says that its text is stored all the same."""
        self.bad_lines += 1
        self._said[path] += 1
        if self._said[path] <= _SAID_OF_A_FILE:
            self._say(f"{path}:{line}: {unit}{'kept as it is' if is_kept else 'skipped'}: {_short(why)}")
        elif self._said[path] == _SAID_OF_A_FILE + 1:
            self._say(f"{path}:{line}: cannot be read; more such lines of this file are only counted")

    def lost_rows(self, number: int, format_name: str) -> None:
        """Count lines that were read, and of which no row could be made."""
        self.bad_lines += number
        self._say(f"{number} lines skipped, no row can be made of them, the first of format {format_name}")

    def bad_file(self, path: Path, why: str, line: int = 0) -> None:
        """Count a file that could not be read, or not to its end."""
        self.bad_files += 1
        place = f"{path}:{line}" if line else str(path)
        self._say(f"{place}: {why}")

    def unknown_file(self, path: Path, like: str = "") -> None:
        """Count a file in no format that is known; `like` says what it looks like."""
        self.unknown_files += 1
        if self.unknown_files <= _SAID_OF_FILES:
            self._say(f"{path}: unknown format, skipped{f': {like}' if like else ''}")
        elif self.unknown_files == _SAID_OF_FILES + 1:
            self._say(f"{path}: unknown format, skipped; more such files are only counted")

    def note(self, text: str) -> None:
        """Say something that is neither."""
        self._say(text)

    def skipped(self) -> str:
        """Return what was not read, in words, or ''."""
        parts = [
            _counted(self.unknown_files, "file of unknown format", "files of unknown format"),
            _counted(self.bad_files, "unreadable file", "unreadable files"),
            _counted(self.bad_lines, "bad line", "bad lines"),
        ]
        return ", ".join(part for part in parts if part)

    def _say(self, text: str) -> None:
        if not self._is_quiet:
            print(f"culpa {self._command}: {visible(text)}", file=sys.stderr)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _short(text: str, limit: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[:limit] + "…"
