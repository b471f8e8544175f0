"""Which time is looked at next by a judge that goes on and on. No clock, no store, no network."""

from typing import NamedTuple

from culpa.collector.abroad.shares import LAST_RANK, LATE_NS, PATIENCE_NS

#: From window to window: spans of one request do not come all at once.
OVERLAP_NS = 20_000_000_000
#: So often all is looked at again that may still change, or that another judge may have left undone.
ROUND_NS = 60_000_000_000
_ROUNDS_MISSED = 2


class Window(NamedTuple):
    """A time in which traces may have failed, ns since 1970."""

    since_ns: int
    until_ns: int


def reach_ns(judges: int) -> int:
    """Return how far back a trace may be about which something is still to be done, with some rounds to spare."""
    return LATE_NS + min(judges - 1, LAST_RANK) * PATIENCE_NS + _ROUNDS_MISSED * ROUND_NS


class Windows:
    """The windows of one judge: short ones, and every round one that reaches back.

    Promise: whatever fails in between, a round begins where the one before began, less the reach; so of all that was
    not due in one round, nothing is passed over by the next.
    """

    def __init__(self, judges: int, since_ns: int) -> None:
        """Begin with what failed since then."""
        self._reach_ns = reach_ns(judges)
        self._round_from_ns = since_ns
        self._from_ns = since_ns
        self._round_at_ns: int | None = None  # when the round under way, or the last one, began
        self._is_whole = False
        self._is_cut = False

    def next(self, now_ns: int) -> Window:
        """Return what to look at now."""
        if self._is_cut:
            # What was cut goes on where it ended, or it would begin anew for ever.
            return Window(self._from_ns, now_ns)
        if self._round_at_ns is None or (self._is_whole and now_ns - self._round_at_ns >= ROUND_NS):
            if self._round_at_ns is not None:
                self._round_from_ns = max(0, self._round_at_ns - self._reach_ns)
            self._round_at_ns, self._is_whole = now_ns, False
        if not self._is_whole:
            return Window(self._round_from_ns, now_ns)
        return Window(max(0, self._from_ns - OVERLAP_NS), now_ns)

    def done(self, until_ns: int, *, is_cut: bool) -> None:
        """Hear that all up to then was looked at; it is cut if the window held more."""
        self._from_ns, self._is_cut = until_ns, is_cut
        self._is_whole = self._is_whole or not is_cut

    def failed(self) -> None:
        """Hear that a window came to nothing: what it held is looked at with the whole round."""
        self._is_cut, self._is_whole = False, False
