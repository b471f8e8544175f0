"""Answers for programs: JSON and CSV."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from culpa.analysis.plain import json_safe, visible
from culpa.store import csv_lines, unique


def json_text(value: object) -> str:
    """Return JSON, indented by two, that is safe to print on a terminal."""
    return json_safe(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, Any]], *, for_terminal: bool = False) -> str:
    """Return CSV as RFC 4180 has it, with a header; nested values are JSON, null is empty.

    `for_terminal` writes control characters out; for programs every value stays as it is.
    """
    keys = unique(list(columns))
    told = visible if for_terminal else str
    return csv_lines([keys]) + csv_lines(([row[key] for key in keys] for row in rows), told)
