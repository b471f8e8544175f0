"""Tell requests that a web page makes from those of programs, and a name that leads here from one that was bent.

A page of any site may send requests to the loopback of whoever visits it (cross-site requests), and may have its own
name resolved to that loopback (DNS rebinding): then the browser takes the collector for a part of that site, and only
the Host header still shows the foreign name.
"""

import ipaddress
import re
from functools import lru_cache

from starlette.datastructures import Headers

from culpa.collector.settings import Settings

_ASKED = (b"host", b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
#: No name of the DNS is longer, with a port.
_LONGEST = 260

#: A name or an address, and perhaps a port; never a user, a path or a space.
_PLACE = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::([0-9]{1,5}))?")
_PORTS = {"http": "80", "https": "443"}


def wrong_entry(settings: Settings) -> str:
    """Return what is wrong with `allowed_hosts` or `allowed_origins`, for people; '' if nothing is."""
    for host in settings.allowed_hosts:
        if host != "*" and not _name(host.lower()):
            return f"allowed_hosts has {host!r}; list names like culpa.example.org, or * for any"
    for origin in settings.allowed_origins:
        scheme, _, place = origin.lower().rstrip("/").partition("://")
        if scheme not in _PORTS or not _name(place):
            return f"allowed_origins has {origin!r}; list pages like https://shop.example.org"
    return ""


def foreign(headers: Headers, settings: Settings) -> tuple[int, str] | None:
    """Return status and message for a request that comes from a foreign page or to a foreign name; None: neither."""
    shown: dict[bytes, list[str]] = {name: [] for name in _ASKED}
    # In one pass: this is done for every request, and each look-up would read all headers.
    for name, value in headers.raw:
        if name in shown:
            shown[name].append(value.decode("latin-1").strip())
    hosts, origins = shown[b"host"], shown[b"origin"]
    if len(hosts) != 1:
        return 400, f"a request names one Host, this one names {len(hosts)}"
    host = hosts[0]
    if len(host) > _LONGEST or not _is_ours(host.lower(), settings.host.lower(), settings.allowed_hosts):
        return 403, f"Host {host[:100]!r} is not known here; list it in allowed_hosts, or set both tokens"
    if any(not _is_welcome(origin.lower(), host.lower(), settings) for origin in origins):
        return 403, f"pages of {origins[0][:100]!r} may not come in here; list them in allowed_origins, or set a token"
    if not origins and shown[b"sec-fetch-site"] == ["cross-site"] and not _is_link(shown):
        return 403, "a page of another site may not come in here; set a token"
    return None


def _is_link(shown: dict[bytes, list[str]]) -> bool:
    """Say whether a browser reports that a person followed a link."""
    return (shown[b"sec-fetch-mode"], shown[b"sec-fetch-dest"]) == (["navigate"], ["document"])


@lru_cache(256)
def _is_ours(host: str, own: str, listed: tuple[str, ...]) -> bool:
    """Say whether no page of a stranger can have this name for its own."""
    name = _name(host)
    if not name:
        return False
    if "*" in listed or name == own or name in {_name(one.lower()) for one in listed}:
        return True
    # A page cannot have an address for its name unless it came from there.
    if _address(name) is not None or _is_loopback(name):
        return True
    # Nobody gets a name without a dot from the public DNS; services in a network of containers have such names.
    return "." not in name and not _is_loopback(own)


def _is_welcome(origin: str, host: str, settings: Settings) -> bool:
    """Say whether a page is of the collector itself, of this machine's loopback, or of `allowed_origins`."""
    if origin in {one.lower().rstrip("/") for one in settings.allowed_origins}:
        return True
    scheme, _, place = origin.partition("://")
    name = _name(place)
    if scheme not in _PORTS or not name:
        return False
    if _is_loopback(name):
        return True
    return (name, _port(place, scheme)) in {(_name(host), _port(host, each)) for each in _PORTS}


def _name(place: str) -> str:
    """Return the name or address of `name:port`, '' for what is none."""
    found = _PLACE.fullmatch(place)
    return found[1].strip("[]").removesuffix(".") if found else ""


def _port(place: str, scheme: str) -> str:
    found = _PLACE.fullmatch(place)
    return (found and found[2]) or _PORTS[scheme]


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    address = _address(name)
    if address is not None:
        mapped = getattr(address, "ipv4_mapped", None)
        return bool((mapped or address).is_loopback)
    return name == "localhost" or name.endswith(".localhost")
