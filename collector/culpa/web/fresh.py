"""Answers that are kept for a moment: parts of a screen, and everybody who looks at it, ask the same."""

import time
from collections.abc import Hashable
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


class Fresh(Generic[Answer]):
    """Answers by what was asked. Any thread may ask: at worst two of them find the same out."""

    def __init__(self, most: int | None = None) -> None:
        """Keep at most so many, the latest ones."""
        self._most = most
        self._kept: dict[Hashable, tuple[float, Answer]] = {}

    def get(self, asked: Hashable) -> Answer | None:
        """Return what is kept and still holds, else None."""
        kept = self._kept.get(asked)
        return kept[1] if kept and kept[0] > time.monotonic() else None

    def keep(self, asked: Hashable, answer: Answer, for_s: float) -> Answer:
        """Keep an answer for so many seconds, and let go of those that hold no more; return it."""
        now = time.monotonic()
        fresh = [(one, kept) for one, kept in self._kept.items() if kept[0] > now and one != asked]
        if self._most is not None:
            fresh = fresh[max(0, len(fresh) - self._most + 1) :]
        self._kept = dict([*fresh, (asked, (now + for_s, answer))])
        return answer
