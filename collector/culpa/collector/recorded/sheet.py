"""What was read of one file of records, and a table of all."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path

from culpa.collector.formats import Line, LogRow, Record, Row

_SHOWN = 3
_SHOWN_CHARS = 100
#: More files than fit on a screen.
_MOST_FILES = 40
#: Of larger files it is not counted which records found their request.
_MOST_IDS = 200_000


@dataclass
class Sheet:
    """Counts of one file."""

    path: Path
    wrappers: tuple[str, ...]
    formats: Counter[str] = field(default_factory=Counter[str])  # records that were understood, by format
    unread: int = 0  # records and lines that were not
    samples: list[str] = field(default_factory=list[str])
    log_ids: list[str] = field(default_factory=list[str])
    requests: int = 0  # records that are requests themselves

    @property
    def records(self) -> int:
        """Return how many records were understood."""
        return self.formats.total()

    def add(self, format_name: str, record: Record, row: Row | None, *, is_understood: bool) -> None:
        """Count a record; `row` is what was made of it."""
        if not is_understood:
            self._miss(1, record.text)
            return
        self.formats[format_name] += 1
        if isinstance(row, LogRow):
            if len(self.log_ids) < _MOST_IDS:
                self.log_ids.append(row.log_id)
        elif row is not None:
            self.requests += 1

    def not_understood(self, number: int, lines: Sequence[Line]) -> None:
        """Count lines that are in no format that is known."""
        for line in lines:
            self._miss(0, line.content[:_SHOWN_CHARS].decode("utf-8", "replace"))
        self.unread += number

    def _miss(self, number: int, text: str) -> None:
        self.unread += number
        if len(self.samples) < _SHOWN:
            self.samples.append(" ".join(text[: _SHOWN_CHARS * 2].split())[:_SHOWN_CHARS])


def table_of(sheets: Sequence[Sheet], of_requests: AbstractSet[str]) -> str:
    """Return a line for each file: what it was read as, records, joined to requests, not understood; '' for none.

    `of_requests` are the ids of the log records that belong to a request.
    """
    rows = [("file", "read as", "records", "joined to requests", "lines not understood")]
    for sheet in sheets[:_MOST_FILES]:
        read_as = ", ".join(sheet.formats) or "nothing"
        around = f"{' > '.join(sheet.wrappers)} > " if sheet.wrappers else ""
        joined = sheet.requests + len(of_requests & set(sheet.log_ids))
        rows.append((sheet.path.name, around + read_as, str(sheet.records), str(joined), str(sheet.unread)))
    if len(rows) == 1:
        return ""
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines: list[str] = []
    for at, row in enumerate(rows):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if at:
            lines += [f"    not understood: {sample}" for sample in sheets[at - 1].samples]
    if len(sheets) > _MOST_FILES:
        lines.append(f"and {len(sheets) - _MOST_FILES} files more")
    return "\n".join(lines)
