"""Workflow commands of GitHub Actions: an annotation for each problem. Source: its "Workflow commands" reference."""

from collections.abc import Sequence

from culpa.analysis.report.finding import Row, code_place, message_of, title_of


def annotations(problems: Sequence[Row], new: Sequence[Row]) -> list[str]:
    """Return one line for each problem; new ones are errors, the others notices."""
    fresh = {row["fingerprint"] for row in new}
    out: list[str] = []
    for row in problems:
        is_new = row["fingerprint"] in fresh
        path, line = code_place(row)
        place = f"file={_property(path.lstrip('/'))},line={line}," if path else ""
        kind = "error" if is_new else "notice"
        out.append(f"::{kind} {place}title={_property(title_of(row))}::{_data(message_of(row, is_new=is_new))}")
    return out


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
