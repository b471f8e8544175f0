"""Which small sealed files may become one."""

from collections.abc import Mapping, Sequence

from culpa.store.segments.listing import Segment

#: A file of so many rows is not made larger; a step that writes one takes a minute or two.
MOST_ROWS = 8_000_000


def neighbours(parts: Sequence[Segment], least: int, longest_ns: Mapping[str, int]) -> tuple[Segment, ...]:
    """Return the first run of at least `least` files that hold the same and few rows; none if there is none.

    Shape: `parts` in the order in which they were sealed. Between the first and the last of a run lie at most
    `longest_ns` of what they hold, 0 without bound: the rows of the new file count as old as its newest.
    """
    for first in range(len(parts)):
        run = _run(parts[first:], longest_ns.get(parts[first].holds, 0))
        if len(run) >= least:
            return run
    return ()


def _run(parts: Sequence[Segment], longest_ns: int) -> tuple[Segment, ...]:
    head = parts[0]
    taken: list[Segment] = []
    rows = 0
    for one in parts:
        rows += one.rows
        is_alike = one.holds == head.holds and (not longest_ns or one.sealed_ns - head.sealed_ns <= longest_ns)
        if not is_alike or rows > MOST_ROWS:
            break
        taken.append(one)
    return tuple(taken)
