"""Connections to whoever a user named, and to nobody else: a name is looked up once, and what was looked at is dialled.

Between a check and a second look-up a name can come to mean another machine; and behind a harmless name may lie what
only this machine reaches, such as a cloud's metadata service.
"""

import socket
import ssl
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from culpa.alarms.channels._channel import NotSent

_MOST_ANSWER_BYTES: Final = 64 * 1024


def addresses(channel: str, host: str, port: int, *, may_be_private: bool) -> list[str]:
    """Return the addresses of a host, all of which may be dialled. Errors: NotSent."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent(f"channel {channel!r}: its host {host} could not be looked up") from error
    several = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not may_be_private and (inner := [one for one in several if not is_public(one)]):
        raise not_public(channel, f"{host} is {inner[0]}")
    return several


def not_public(channel: str, what: str) -> NotSent:
    """Return what is said of a host that may not be dialled."""
    return NotSent(
        f"channel {channel!r}: its host {what}, which is no public address; "
        "write allow_private = true for it if that is meant"
    )


def is_public(text: str) -> bool:
    """Say whether an address, in whatever form, is one that everybody reaches. Errors: ValueError for none."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        # Ways of writing an IPv4 address, each of which leads to it.
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            address = inner
        elif address.packed.startswith(bytes.fromhex("0064ff9b")):
            address = ip_address(address.packed[12:])
    return address.is_global and not address.is_multicast


def connect(channel: str, host: str, port: int, *, may_be_private: bool, timeout_s: float) -> socket.socket:
    """Return a connection to one of a host's addresses. Errors: NotSent."""
    last: OSError | None = None
    for address in addresses(channel, host, port, may_be_private=may_be_private):
        try:
            return socket.create_connection((address, port), timeout_s)
        except OSError as error:
            last = error
    raise NotSent(f"channel {channel!r}: no connection to {host}:{port} ({reason(last)})") from last


def reason(error: OSError | None) -> str:
    """Return in short what an error of the system says."""
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return (error.strerror if error else "") or type(error).__name__


def post(
    channel: str, url: str, body: bytes, headers: dict[str, str], *, may_be_private: bool, timeout_s: float
) -> None:
    """Send a body; it is taken when this returns. No redirect is followed and no proxy asked. Errors: NotSent.

    What was answered is in no error: of a machine that only this one reaches it is nobody's to read.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise NotSent(f"channel {channel!r}: its address cannot be read") from error
    if parts.scheme not in ("http", "https") or not host:
        raise NotSent(f"channel {channel!r}: its address begins with neither http:// nor https://")
    connection = HTTPConnection(host, port, timeout=timeout_s)
    # What is connected is what was looked at; http.client would look the name up once more.
    connection.sock = connect(channel, host, port, may_be_private=may_be_private, timeout_s=timeout_s)
    try:
        if parts.scheme == "https":
            connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host_header = parts.netloc.rpartition("@")[2]
        connection.request("POST", path, body, {"Host": host_header, "Connection": "close", **headers})
        answer = connection.getresponse()
        answer.read(_MOST_ANSWER_BYTES)
    except (OSError, HTTPException, ValueError) as error:
        said = reason(error) if isinstance(error, OSError) else type(error).__name__
        raise NotSent(f"channel {channel!r}: {host}:{port} did not take it ({said})") from error
    finally:
        connection.close()
    if 300 <= answer.status < 400:
        raise NotSent(f"channel {channel!r}: {host}:{port} redirects ({answer.status}), which is not followed")
    if not 200 <= answer.status < 300:
        raise NotSent(f"channel {channel!r}: {host}:{port} answered {answer.status}")
