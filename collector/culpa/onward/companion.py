"""What is sent onward beside a running collector: the entry point `onward` of the group `culpa.companions`."""

import logging
import sqlite3
import threading
from typing import Final

from culpa.onward.counts import Counts
from culpa.onward.destinations import Destination, of_store, read_destinations
from culpa.onward.house import House
from culpa.onward.relay import Line, Relay
from culpa.onward.verdicts import Teller
from culpa.store import StoreError

logger = logging.getLogger("culpa.onward")

#: Between two looks at what is to be told.
_STEP_S: Final = 2.0
#: The threads end by themselves, or with the process: nobody waits longer for a backend that does not answer.
_LEAVE_S: Final = 5.0


def start(house: House) -> "Companion":
    """Start what a collector sends onward. Errors: BadDestinations."""
    return Companion(house, (*read_destinations(house.onward), *of_store(house.stored_at)))


class Companion:
    """A thread for verdicts and one for telemetry of each destination: one that hangs keeps no other waiting."""

    def __init__(self, house: House, destinations: tuple[Destination, ...]) -> None:
        """Start the threads; there is none where no destination is named. Errors: OSError for a queue."""
        self._stopping = threading.Event()
        self._counts = Counts([one.name for one in destinations if one.telemetry != "off"])
        self._lines = _lines(house, destinations, self._counts)
        self._relay = Relay(house, self._lines, self._counts) if self._lines else None
        self._threads = [
            threading.Thread(
                target=self._tell, args=(Teller(house, each, self._counts),), name=f"culpa-tell-{each.name}"
            )
            for each in destinations
            if each.verdicts
        ]
        if destinations:
            house.measure(self._counts)
        for thread in self._threads:
            thread.daemon = True
            thread.start()

    def close(self) -> None:
        """End, within some seconds. What waits is handed on after the next start."""
        self._stopping.set()
        if self._relay:
            self._relay.close(_LEAVE_S)
        for thread in self._threads:
            thread.join(_LEAVE_S)

    def _tell(self, teller: Teller) -> None:
        said = ""
        while not self._stopping.wait(_STEP_S):
            try:
                teller.tell()
                said = ""
            except StoreError as error:
                if str(error) != said and not self._stopping.is_set():
                    said = str(error)
                    logger.warning("verdicts wait for the store: %s", said)
            except Exception:
                logger.exception("a round of telling verdicts went wrong; the next one comes")


def _lines(house: House, destinations: tuple[Destination, ...], counts: Counts) -> list[Line]:
    try:
        lines = [Line(house, one, counts) for one in destinations if one.telemetry != "off"]
    except sqlite3.Error as error:
        raise OSError(f"the queue in {house.folder('onward')} cannot be opened: {error}") from error
    counts.queues = lambda: {line.to.name: (line.queue.bytes, line.to.queue_bytes) for line in lines}
    return lines
