"""How far back in time the rows go that came lately: where to look for the other rows of their traces."""

from collections import deque
from collections.abc import Mapping

import pyarrow as pa

#: The rows of a trace come within so long before its first sign of failure. A request that takes longer ends later than
#: its parts, and its own span reaches back to its start.
_KEPT_S = 30.0

_TIMES = {"spans": "start_time", "access": "start_time", "exceptions": "time", "logs": "time"}


class Reach:
    """The earliest times of the rows of late commits."""

    def __init__(self, now: float) -> None:
        """Know nothing of what came before `now`, seconds of one clock that never goes back."""
        self._began_at = now
        self._commits: deque[tuple[float, int]] = deque()

    def since_ns(self, committed: Mapping[str, pa.Table], now: float) -> int:
        """Take in one commit, and return the earliest time of what came lately; 0: too little is known.

        Units: nanoseconds since 1970.
        """
        times = [least for relation, name in _TIMES.items() if (least := _least_ns(committed.get(relation), name))]
        if times:
            self._commits.append((now, min(times)))
        while self._commits and self._commits[0][0] < now - _KEPT_S:
            self._commits.popleft()
        if now - self._began_at < _KEPT_S:
            return 0
        return min((least for _, least in self._commits), default=0)


def _least_ns(table: pa.Table | None, name: str) -> int:
    """Return the earliest time of a table's rows, 0 if none has one."""
    if table is None or not table.num_rows:
        return 0
    times = table.column(name).cast(pa.int64()).to_numpy()
    # A row that has no time says nothing of the others.
    times = times[times > 0]
    return int(times.min()) if len(times) else 0
