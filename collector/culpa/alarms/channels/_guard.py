"""Keep a library that dials by itself from what only this machine reaches: each name is judged as it is looked up.

So it holds for a redirect, for a host that an address has in its parameters, and for a name that means another machine
at the second look-up: what was judged is what is dialled.
"""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from culpa.alarms.channels._dial import is_public


class _Here(threading.local):
    """What is asked of this thread alone."""

    is_guarded = False
    refused = ""


_here: Final = _Here()
_installing: Final = threading.Lock()


class Guard:
    """What became of the look-ups inside."""

    @property
    def refused(self) -> str:
        """Return the first host with a private address that was asked for, and the address; '' for none."""
        return _here.refused


@contextmanager
def only_public() -> Generator[Guard]:
    """Have each look-up by this thread fail that leads to a private address. Other threads notice nothing."""
    _install()
    _here.is_guarded, _here.refused = True, ""
    try:
        yield Guard()
    finally:
        _here.is_guarded = False


def _install() -> None:
    with _installing:
        if getattr(socket.getaddrinfo, "is_guard", False):
            return
        # For good: several threads that put it in and took it out would take out each other's.
        real: Any = socket.getaddrinfo

        @wraps(real)
        def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
            found = real(host, *more, **named)
            if _here.is_guarded:
                _check(host, found)
            return found

        getaddrinfo.is_guard = True  # type: ignore[attr-defined]  # pyright: ignore[reportFunctionMemberAccess]
        socket.getaddrinfo = getaddrinfo


def _check(host: object, found: list[Any]) -> None:
    inner = next((str(one[4][0]) for one in found if not is_public(str(one[4][0]))), "")
    if inner:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
        _here.refused = _here.refused or f"{name} is {inner}"
        raise socket.gaierror(socket.EAI_NONAME, "no public address")
