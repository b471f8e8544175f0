"""Hand bodies to another system than an OTLP endpoint, found by the scheme of its address among `culpa.deliveries`."""

import gzip
import logging
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from typing import Final, Protocol

from culpa.given import BadGiven
from culpa.onward.counts import Counts
from culpa.onward.destinations import Destination
from culpa.onward.post import NotTaken, Poster
from culpa.onward.queue import Waiting
from culpa.store import StoreError, StoreUnavailable

logger = logging.getLogger("culpa.onward")

#: Before what is refused is tried again: whoever looks after it has to do something first.
_REFUSED_WAIT_S: Final = 30.0
#: Bodies that are written together: a database takes few large ones better than many small ones.
_AT_ONCE: Final = 200
#: Where they are gathered, their bytes are what bounds them.
_GATHERED_AT_ONCE: Final = 20_000


class Delivery(Protocol):
    """What an entry point makes of an address."""

    @property
    def where(self) -> str:
        """Return the address, without its password."""
        ...

    @property
    def gather_s(self) -> float:
        """Return how long bodies are best gathered before they are written together; 0 where that is not needed."""
        ...

    def post(self, some: Sequence[tuple[str, bytes, bool]]) -> list[str]:
        """Write exports: signal, body, and whether it is JSON; they are there when this returns.

        Return why some were left out for good. Errors: StoreError.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Deliverer:
    """Writes to one destination, as `Poster` does. For one thread."""

    def __init__(self, destination: Destination, point: EntryPoint) -> None:
        """Connect to nobody yet."""
        self._to = destination
        self._point = point
        self._delivery: Delivery | None = None

    @property
    def gather_s(self) -> float:
        """Return for how many seconds bodies are gathered before they are written."""
        try:
            return self._opened().gather_s
        except (BadGiven, StoreError, ModuleNotFoundError):
            return 0.0  # whoever writes is told

    @property
    def at_once(self) -> int:
        """Return how many bodies are written together at most."""
        return _GATHERED_AT_ONCE if self.gather_s else _AT_ONCE

    def _opened(self) -> Delivery:
        """Return what writes. Errors: BadGiven, StoreError, ModuleNotFoundError."""
        delivery: Delivery = self._delivery or self._point.load()(self._to.url.read())
        self._delivery = delivery
        return delivery

    def post_all(self, some: Sequence[Waiting]) -> int:
        """Write exports; the receiver has them when this returns. Return how many were left out. Errors: NotTaken."""
        try:
            left_out = self._opened().post([(one.signal, gzip.decompress(one.packed), one.is_json) for one in some])
        except (BadGiven, StoreUnavailable) as error:
            raise NotTaken(f"destination {self._to.name!r}: {error}") from error
        except (StoreError, ModuleNotFoundError) as error:
            raise NotTaken(f"destination {self._to.name!r}: {error}", wait_s=_REFUSED_WAIT_S) from error
        for why in left_out:
            logger.warning("destination %r: a body is left out: %s", self._to.name, why)
        return len(left_out)

    def close(self) -> None:
        """Let go of the connection."""
        if self._delivery:
            self._delivery.close()
        self._delivery = None


def poster(destination: Destination, counts: Counts) -> "Poster | Deliverer":
    """Return what sends to a destination."""
    return Deliverer(destination, destination.delivery) if destination.delivery else Poster(destination, counts)
