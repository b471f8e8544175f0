"""Compare two lists of verdicts column by column. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

#: What no two runs have in common, or what says no more than that the version is another one.
_IGNORED = frozenset({"judged_at", "rules_version", "where"})
_CONFIDENCE_DIGITS = 6


@dataclass(frozen=True)
class Difference:
    """One verdict that is not the same; `old` or `new` is None where only one version gives it."""

    where: str
    trace_id: str
    column: str
    old: Any
    new: Any


def differences(old: Iterable[Row], new: Iterable[Row]) -> list[Difference]:
    """Return what differs, in the order of the places."""
    before, after = _by_place(old), _by_place(new)
    found: list[Difference] = []
    for place in sorted(before.keys() | after.keys()):
        left, right = before.get(place), after.get(place)
        if left is None or right is None:
            found.append(Difference(place[0], place[1], "(verdict)", _short(left), _short(right)))
            continue
        for column in sorted((left.keys() | right.keys()) - _IGNORED):
            one, other = _plain(left.get(column)), _plain(right.get(column))
            if one != other:
                found.append(Difference(place[0], place[1], column, one, other))
    return found


def _by_place(rows: Iterable[Row]) -> dict[tuple[str, str, str, int], Row]:
    """Key each verdict by test or recording, request, and which revision of it this is."""
    seen: Counter[tuple[str, str, str]] = Counter()
    placed: dict[tuple[str, str, str, int], Row] = {}
    for row in rows:
        key = (str(row["where"]), str(row["trace_id"]), str(row["request_span_id"]))
        placed[(*key, seen[key])] = row
        seen[key] += 1
    return placed


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _CONFIDENCE_DIGITS)
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _short(row: Row | None) -> str | None:
    return row and f"{row['status']} {row['component']} {row['cause']} {row['confidence']:.2f}"
