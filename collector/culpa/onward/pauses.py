"""How long to wait after what was not taken: longer each time, and never shorter than the receiver asked for."""

import random
from typing import Final

_FIRST_S: Final = 1.0
_LONGEST_S: Final = 120.0


class Pauses:
    """Counts failures in a row. Units: seconds of the monotonic clock."""

    def __init__(self) -> None:
        """Wait for nothing."""
        self._failures = 0
        self._until = 0.0

    def is_over(self, now: float) -> bool:
        """Say whether the next attempt may be made."""
        return now >= self._until

    def failed(self, now: float, wait_s: float) -> None:
        """Wait from now on."""
        pause_s = min(_LONGEST_S, _FIRST_S * 2 ** min(self._failures, 20))
        self._failures += 1
        # Several collectors that lost the same backend do not come back to it in one moment.
        self._until = now + max(wait_s, pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def went_well(self) -> None:
        """Begin anew."""
        self._failures, self._until = 0, 0.0
