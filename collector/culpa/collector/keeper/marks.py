"""How far the hot file's rows went at which moment: those that lie there long enough may be sealed."""

from collections import deque

Rows = dict[str, int]


class Marks:
    """Notes of how many rows each relation had. Units: seconds of a clock that never goes back."""

    def __init__(self, quiet_s: float) -> None:
        """Know nothing yet."""
        self._quiet_s = quiet_s
        self._marks: deque[tuple[float, Rows]] = deque()

    def note(self, now: float, rows: Rows) -> None:
        """Remember the rows of this moment."""
        self._marks.append((now, rows))

    def quiet(self, now: float) -> Rows | None:
        """Return the rows that have been there so long, None where nothing is known of so long ago."""
        found: Rows | None = None
        while self._marks and self._marks[0][0] <= now - self._quiet_s:
            found = self._marks.popleft()[1]
        if found is not None:
            self._marks.appendleft((now - self._quiet_s, found))
        return found

    def forget(self) -> None:
        """Know nothing: rows have left, and the others have new numbers."""
        self._marks.clear()
