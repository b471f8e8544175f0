"""What runs beside a running collector without its knowing: the entry points of the group `culpa.companions`."""

import logging
from collections.abc import Callable
from typing import Protocol

from culpa.collector.serve.house import House
from culpa.instrumentation.offers import offered

logger = logging.getLogger("culpa.collector")


class Companion(Protocol):
    """What an entry point starts."""

    def close(self) -> None:
        """End within some seconds; may be called once."""
        ...


class Companions:
    """All that could be started; one that could not is named in the log and left out."""

    def __init__(self, house: House) -> None:
        """Start them."""
        self._started: dict[str, Companion] = {}
        for point in offered("culpa.companions"):
            try:
                start: Callable[[House], Companion] = point.load()
                self._started[point.name] = start(house)
            except Exception as error:
                # What is wrong with a file of theirs is one line; a mistake of ours is more.
                is_known = isinstance(error, (ValueError, OSError))
                logger.error("companion %s is left out: %s", point.name, error, exc_info=not is_known)

    def close(self) -> None:
        """End them."""
        for name, companion in self._started.items():
            try:
                companion.close()
            except Exception:
                logger.exception("companion %s did not end well", name)
