"""Answers for programs: JSON and CSV."""

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

from culpa.analysis.plain import visible
from culpa.analysis.values import unique


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, for_terminal: bool = False) -> str:
    """Return CSV as RFC 4180 has it, with a header; nested values are JSON, null is empty.

    `for_terminal` writes control characters out; for programs every value stays as it is.
    """
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    keys = unique(list(columns))
    writer.writerow(keys)
    for row in rows:
        values = [_field(row[key]) for key in keys]
        writer.writerow([visible(value) for value in values] if for_terminal else values)
    return out.getvalue()


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
