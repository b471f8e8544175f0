"""What is sent onward beside a running collector: the entry point `onward` of the group `culpa.companions`."""

import logging
import threading
from typing import Final

from culpa.onward.destinations import Destination, read_destinations
from culpa.onward.house import House
from culpa.onward.verdicts import Teller
from culpa.store import StoreError

logger = logging.getLogger("culpa.onward")

#: Between two looks at what is to be told.
_STEP_S: Final = 2.0
#: The threads end by themselves, or with the process: nobody waits longer for a backend that does not answer.
_LEAVE_S: Final = 5.0


def start(house: House) -> "Companion":
    """Start what a collector sends onward. Errors: BadDestinations."""
    return Companion(house, read_destinations(house.onward))


class Companion:
    """One thread for each destination's verdicts: one that does not answer keeps no other waiting."""

    def __init__(self, house: House, destinations: tuple[Destination, ...]) -> None:
        """Start the threads; there is none where no destination is named."""
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._tell, args=(Teller(house, one),), name=f"culpa-onward-{one.name}", daemon=True
            )
            for one in destinations
            if one.verdicts
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End, within some seconds."""
        self._stopping.set()
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
