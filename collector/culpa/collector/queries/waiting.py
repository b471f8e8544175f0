"""Processes that have answered a screen and wait for the next one: to begin anew takes longer than many a question.

What they have read of sealed files, which never change, is still there. They hold no picture of the store meanwhile.
"""

import asyncio
from typing import Final

from culpa.collector.queries.answer import Answer

#: As many as one screen has.
_MOST: Final = 2
#: None is kept for long; an open page asks again sooner. Unit: seconds.
_KEPT_S: Final = 30.0
#: Who holds more memory than this ends: what it has read of a large store is not worth that. Unit: bytes.
_MOST_BYTES: Final = 512 * 1024**2


class Waiting:
    """Those that wait now, who answered last at the end. Lives on one event loop."""

    def __init__(self) -> None:
        """Keep none."""
        self._kept: dict[Answer, asyncio.TimerHandle] = {}

    def take(self) -> Answer | None:
        """Return one that can be asked; None if there is none."""
        while self._kept:
            answer, ending = self._kept.popitem()
            ending.cancel()
            if answer.is_waiting:
                return answer
            answer.close()
        return None

    def put(self, answer: Answer) -> None:
        """Keep one for a while, if it can be asked again, else end it."""
        if not answer.is_waiting or answer.held_bytes > _MOST_BYTES:
            answer.close()
            return
        loop = asyncio.get_running_loop()
        self._kept[answer] = loop.call_later(_KEPT_S, self.end, answer)
        if len(self._kept) > _MOST:
            self.end(next(iter(self._kept)))

    def end(self, answer: Answer) -> None:
        """End one, whether it is kept or not. May be called twice."""
        ending = self._kept.pop(answer, None)
        if ending:
            ending.cancel()
        answer.close()
