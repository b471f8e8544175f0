"""One request to the collector, bounded in time and bytes whatever answers.

Nothing is followed, nothing is unpacked: of an answer only its status, a few headers and its beginning are read.
Refuses to import requests and urllib3: what keeps a class of ssl's for itself, gevent cannot replace for the program.
"""

import base64
import http.client
import os
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from culpa.instrumentation.export.wire import MOST, Connection

_BEGINNING = 256
#: At the environment, for a proxy.
_LOOKS = 20
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@dataclass(frozen=True)
class Answer:
    """What is read of an answer; absent headers are ''."""

    status: int
    content_type: str
    location: str
    retry_after: str
    beginning: bytes


class AddressError(ValueError):
    """An address that is no URL of HTTP; nothing of it is in the text, because it may hold a password."""

    def __init__(self) -> None:
        super().__init__("the address is no URL like http://127.0.0.1:4318")


class Transport:
    """Posts to one address and keeps the connection open. For one thread at a time.

    Errors: AddressError; OSError for certificates that cannot be read.
    """

    def __init__(self, url: str, *, verify: bool | str = True, cert: str | tuple[str, str] | None = None) -> None:
        self._url = _split(url)
        self._headers = {"Content-Type": "application/x-protobuf"} | _credentials(self._url, "Authorization")
        self._target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        self._tls = _tls(verify, cert) if self._url.scheme == "https" else None
        self._connection: Connection | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        # The connection is the parent's: two who speak at a time are understood by nobody.
        self._connection = None

    def post(self, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """Send a body, once more where a kept connection was closed meanwhile.

        Errors: OSError (TimeoutError, Endless), http.client.HTTPException; ValueError for headers that cannot be sent.
        """
        end_s = monotonic() + seconds
        is_kept = self._connection is not None
        try:
            return self._ask(body, headers, end_s)
        except (ConnectionError, http.client.RemoteDisconnected):
            if not is_kept:
                raise
            return self._ask(body, headers, end_s)

    def close(self) -> None:
        """Close the connection, if one is open."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self, body: bytes, headers: Mapping[str, str], end_s: float) -> Answer:
        connection = self._connection or self._open()
        self._connection = None
        is_whole = False
        try:
            connection.allow(end_s)
            connection.request("POST", self._target_by_proxy(connection), body, _merged(self._headers, headers))
            answer = connection.getresponse()
            content = answer.read(MOST)
            is_whole = answer.isclosed() and not answer.will_close
        finally:
            if is_whole:
                self._connection = connection
            else:
                connection.close()
        fields = answer.headers
        return Answer(
            answer.status,
            fields.get("Content-Type", ""),
            fields.get("Location", ""),
            fields.get("Retry-After", ""),
            content[:_BEGINNING],
        )

    def _target_by_proxy(self, connection: Connection) -> str:
        if not connection.is_to_proxy:
            return self._target
        url = self._url
        return f"{url.scheme}://{url.netloc.rpartition('@')[2]}{self._target}"

    def _open(self) -> Connection:
        url, proxy = self._url, _proxy(self._url)
        to = proxy or url
        connection = Connection(to.hostname or "", to.port or (443 if to.scheme == "https" else 80))
        connection.tls = self._tls
        connection.name = url.hostname or ""
        if proxy is not None:
            given = _credentials(proxy, "Proxy-Authorization")
            if url.scheme == "https":
                connection.set_tunnel(connection.name, url.port or 443, given)
            else:
                connection.is_to_proxy = True
                self._headers |= given
        return connection


def _merged(ours: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """Return headers, each name once in whatever writing: who gets Content-Type twice may believe neither."""
    named = {name.lower(): (name, value) for name, value in (*ours.items(), *given.items())}
    return dict(named.values())


def _split(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        if found.scheme in ("http", "https") and found.hostname and found.port != 0:
            return found
    except ValueError:
        pass  # its text would show a part of the address
    raise AddressError


def _credentials(url: SplitResult, header: str) -> dict[str, str]:
    if url.username is None:
        return {}
    pair = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}


def _proxy(url: SplitResult) -> SplitResult | None:
    """Return the proxy that the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) names for an address."""
    for _ in range(_LOOKS):
        try:
            return _named_proxy(url)
        except (KeyError, RuntimeError):
            # The program changed its environment just then, as pytest does before and after each test.
            continue
    raise OSError("the environment does not hold still")


def _named_proxy(url: SplitResult) -> SplitResult | None:
    known = getproxies()
    given = known.get(url.scheme) or known.get("all")
    if not given or proxy_bypass(url.hostname or ""):
        return None
    return _split(given if "://" in given else f"http://{given}")


def _tls(verify: bool | str, cert: str | tuple[str, str] | None) -> Any:
    import ssl

    place = verify if isinstance(verify, str) else next(filter(None, map(os.environ.get, _CERTIFICATES)), None)
    if place is None:
        context = ssl.create_default_context()
        _add_known(context)
    else:
        is_folder = os.path.isdir(place)  # noqa: PTH112  # a setting
        context = ssl.create_default_context(capath=place if is_folder else None, cafile=None if is_folder else place)
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert:
        context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
    return context


def _add_known(context: Any) -> None:
    """Trust what requests would: a slim container has no certificates of its own."""
    try:
        import certifi
    except ImportError:
        return
    context.load_verify_locations(certifi.where())
