"""Whom an exception means that tells a status and no address: of a call with that status the line before may tell."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from culpa.collector.exceptions.callee import Callee

#: The attribute of a log row that holds it: `429 https://host:port`.
CALL_BEFORE = "log.call_before"
#: Ports that a scheme has of its own.
_PORTS = {"http": 80, "https": 443}


def with_call_before(callee: Callee, message: str, attributes: Mapping[str, str]) -> Callee:
    """Return the callee with the address of the call, if it is a client of HTTP that speaks of the same status."""
    status, _, origin = attributes.get(CALL_BEFORE, "").partition(" ")
    if callee.system != "http" or callee.address or callee.service or not origin or status not in message:
        return callee
    try:
        place = urlsplit(origin)
        port = place.port or _PORTS.get(place.scheme, 0)
    except ValueError:
        return callee
    return replace(callee, address=place.hostname or "", port=port, scheme=place.scheme)
