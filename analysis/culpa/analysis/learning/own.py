"""Compare verdicts with the labels that people gave on their own system. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many labelled failures, and how many of their verdicts are right, wrong, or name no cause."""

    labelled: int
    right: int
    wrong: int
    unknown: int


def is_right(row: Row) -> bool:
    """Say whether layer, component and cause are as labelled; case and a slash at the end do not matter."""
    label = _plain(row["label_component"])
    return (
        row["layer"] == row["label_layer"]
        and row["cause"] == row["label_cause"]
        and label in ("", _plain(row["component"]))
    )


def tally(rows: Sequence[Row]) -> Tally:
    """Count. Shape: rows of sql/labelled.sql."""
    right = sum(is_right(row) for row in rows)
    unknown = sum(not is_right(row) and row["cause"] == "unknown" for row in rows)
    return Tally(len(rows), right, len(rows) - right - unknown, unknown)


def by_cause(rows: Iterable[Row]) -> dict[str, Tally]:
    """Count per labelled cause, by name."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["label_cause"], []).append(row)
    return {cause: tally(groups[cause]) for cause in sorted(groups)}


def confidences(rows: Iterable[Row]) -> list[tuple[float, bool]]:
    """Return confidence and rightness of each verdict that names a cause."""
    return [(float(row["confidence"]), is_right(row)) for row in rows if row["cause"] != "unknown"]


def _plain(component: str) -> str:
    return component.strip().lower().rstrip("/")
