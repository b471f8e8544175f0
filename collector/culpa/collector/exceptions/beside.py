"""Whom an exception means whose own words name nobody: what stood beside it tells, or the line before."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from culpa.collector.exceptions.callee import Callee

#: The attribute of a log row, and of its exception, that holds the answer to a call: `429 https://host:port`.
CALL_BEFORE = "log.call_before"
#: Attributes of an exception: whom the program was asking then, as it was printed beside it.
ADDRESS, PORT, SCHEME = "callee.address", "callee.port", "callee.scheme"
#: Ports that a scheme has of its own.
_PORTS = {"http": 80, "https": 443}
_PORT_DIGITS, _MOST_PORT = 5, 65_535


def with_beside(callee: Callee, message: str, attributes: Mapping[str, str]) -> Callee:
    """Return the callee with the address that the attributes of its exception tell, if it has none."""
    if callee.address or callee.service:
        return callee
    return _called_before(callee, message, attributes.get(CALL_BEFORE, "")) or _asked(callee, attributes)


def _called_before(callee: Callee, message: str, call: str) -> Callee | None:
    """Return the callee of the call before: a client of HTTP has to speak of the same status."""
    status, _, origin = call.partition(" ")
    if callee.system != "http" or not origin or status not in message:
        return None
    try:
        place = urlsplit(origin)
        port = place.port or _PORTS.get(place.scheme, 0)
    except ValueError:
        return None
    return replace(callee, address=place.hostname or "", port=port, scheme=place.scheme) if place.hostname else None


def _asked(callee: Callee, attributes: Mapping[str, str]) -> Callee:
    address = attributes.get(ADDRESS, "")
    if not address:
        return callee
    scheme = callee.scheme or attributes.get(SCHEME, "")
    return replace(callee, address=address, port=_port(attributes.get(PORT, "")), scheme=scheme)


def _port(written: str) -> int:
    return int(written) if written.isdecimal() and len(written) <= _PORT_DIGITS and int(written) <= _MOST_PORT else 0
