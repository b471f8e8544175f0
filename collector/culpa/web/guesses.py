"""How often a wrong token may be shown: some at once, then one in a while, for each address."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

#: Whoever mistypes has so many; then one comes back after so many seconds. A token of 16 random letters outlives this.
AT_ONCE: Final = 10
EACH_S: Final = 6.0
#: So many addresses are remembered; the eldest makes way.
_MOST: Final = 1_000
#: Who has one address of IPv6 has all that begin so.
_PREFIX: Final = 64


class Guesses:
    """Counts wrong tokens by address. Kept in memory: a restart forgets them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Know nobody."""
        self._clock = clock
        #: Of each address, when all of its guesses will have come back.
        self._clear_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str) -> int:
        """Return after how many seconds an address may try again, 0 where it may now."""
        left = self._clear_at.get(_group(address), 0.0) - self._clock()
        return max(0, math.ceil(left - EACH_S * (AT_ONCE - 1)))

    def wrong(self, address: str) -> None:
        """Count one that was wrong."""
        group = _group(address)
        self._clear_at[group] = max(self._clear_at.pop(group, 0.0), self._clock()) + EACH_S
        while len(self._clear_at) > _MOST:
            self._clear_at.popitem(last=False)

    def right(self, address: str) -> None:
        """Forget what was wrong: it was somebody who mistyped."""
        self._clear_at.pop(_group(address), None)


def _group(address: str) -> str:
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        # A socket of this machine, which has no address.
        return ""
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, _PREFIX), strict=False))
    return str(known.ipv4_mapped or known) if known.version == 6 else str(known)
