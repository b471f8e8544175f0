"""What to do next with the sealed files of a store. Pure: it is told what there is, and says one step."""

from collections.abc import Sequence
from dataclasses import dataclass

from culpa.collector.keeper.bounds import Bounds
from culpa.store import EVERYTHING, FAILING, MOST_ROWS, Segment, neighbours

#: So many small neighbours are made one file: each file costs every question about a millisecond.
_NEIGHBOURS = 8
#: Rows count as old as the newest of their file, so that merging may keep some longer by this share of their time.
_SLACK = 0.1


@dataclass(frozen=True)
class Drop:
    """Forget all rows of these files."""

    parts: tuple[Segment, ...]
    why: str


@dataclass(frozen=True)
class Rewrite:
    """Make one file of these, which holds everything of them or what failed."""

    parts: tuple[Segment, ...]
    holds: str
    why: str


def next_step(
    parts: Sequence[Segment], bounds: Bounds, now_ns: int, store_bytes: int, free_bytes: int
) -> Drop | Rewrite | None:
    """Return what is to be done first, None if all is well.

    Shape: `parts` from the oldest to the newest. Units: `store_bytes` of all files of the store, `free_bytes` of its
    disk. Age is counted from the moment of sealing: no sender's clock keeps rows longer, or shorter.
    """
    ordered = sorted(parts, key=lambda one: (one.sealed_ns, one.name))
    return (
        _too_old(ordered, bounds, now_ns)
        or _too_large(ordered, bounds, store_bytes, free_bytes)
        or _healthy(ordered, bounds, now_ns)
        or _small(ordered, bounds)
    )


def _too_old(parts: Sequence[Segment], bounds: Bounds, now_ns: int) -> Drop | None:
    old = tuple(one for one in parts if bounds.failing_ns and one.sealed_ns < now_ns - bounds.failing_ns)
    return Drop(old, "older than keep_failing_days") if old else None


def _too_large(parts: Sequence[Segment], bounds: Bounds, store_bytes: int, free_bytes: int) -> Drop | Rewrite | None:
    if not parts:
        return None
    if bounds.free_bytes and free_bytes < bounds.free_bytes:
        # To write a smaller file takes room, of which there is little.
        return Drop((parts[0],), f"less than keep_free_bytes is free ({free_bytes >> 20} MiB)")
    if bounds.most_bytes and store_bytes > bounds.most_bytes:
        whole = [one for one in parts if one.holds == EVERYTHING]
        why = f"the store is larger than keep_bytes ({store_bytes >> 20} MiB)"
        return Rewrite((whole[0],), FAILING, why) if whole else Drop((parts[0],), why)
    return None


def _healthy(parts: Sequence[Segment], bounds: Bounds, now_ns: int) -> Rewrite | None:
    if not bounds.healthy_ns:
        return None
    due = [one for one in parts if one.holds == EVERYTHING and one.sealed_ns < now_ns - bounds.healthy_ns]
    return Rewrite(_first_few(due), FAILING, "older than keep_healthy_days") if due else None


def _first_few(parts: Sequence[Segment]) -> tuple[Segment, ...]:
    taken, rows = [parts[0]], parts[0].rows
    for one in parts[1:]:
        rows += one.rows
        if rows > MOST_ROWS:
            break
        taken.append(one)
    return tuple(taken)


def _small(parts: Sequence[Segment], bounds: Bounds) -> Rewrite | None:
    """Find neighbours alike that are small enough to be one."""
    ages_ns = {EVERYTHING: bounds.healthy_ns or bounds.failing_ns, FAILING: bounds.failing_ns}
    group = neighbours(parts, _NEIGHBOURS, {holds: int(age_ns * _SLACK) for holds, age_ns in ages_ns.items()})
    return Rewrite(group, group[0].holds, f"{len(group)} small files become one") if group else None
