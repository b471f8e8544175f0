"""One way to ask a running collector over HTTP: POST one JSON object, and look at the answer before it is believed.

Whoever answers at an address need not be a collector: no redirect is followed (the token would go along), nothing but
the wanted kind of content is read, and never more than a bound of what explains a refusal.
"""

import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ipaddress import ip_address
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from culpa.store.errors import QueryFailed, QueryRefused, StoreError, StoreRefused, StoreUnavailable

#: What is read at most of an answer that is one JSON object, and of a refusal.
_MAX_OBJECT_BYTES = 1024**2
_MAX_REFUSAL_BYTES = 64 * 1024
_SHOWN = 300

_KINDS: dict[int, type[StoreError]] = {
    400: QueryRefused,
    401: StoreRefused,
    403: StoreRefused,
    413: QueryRefused,
    415: QueryRefused,
    422: QueryFailed,
}


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@contextmanager
def post(
    url: str, path: str, asked: Mapping[str, object], *, token: str | None, accept: str, timeout_s: float
) -> Generator[HTTPResponse]:
    """Yield the answer to one JSON object, of the content type `accept`; `timeout_s` bounds each wait for bytes.

    Errors: StoreRefused for the token, QueryRefused and QueryFailed as the collector says, StoreUnavailable.
    """
    headers = {"Content-Type": "application/json", "Accept": accept}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    address = url.rstrip("/") + path
    if not address.startswith(("http://", "https://")):
        raise StoreUnavailable(f"{url} is no address of a collector; write http://HOST:PORT")
    try:
        request = Request(address, json.dumps(dict(asked)).encode(), headers, method="POST")  # noqa: S310 - checked above
        with _opener(address).open(request, timeout=timeout_s) as response:
            _check_kind(response, url, accept)
            yield response
    except HTTPError as error:
        with error:
            raise _translated(error, url) from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise StoreUnavailable(
            f"no answer from the collector at {url} ({reason}); is `culpa collect` running there?"
        ) from error


@dataclass(frozen=True)
class Answered:
    """A whole answer, whatever its status; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(url: str, path: str, *, token: str = "", body: bytes | None = None, timeout_s: float = 10.0) -> Answered:
    """Get what is at a path; with `body`, post it as OTLP in protobuf. No more than a bound is read.

    Errors: StoreUnavailable where nothing answers.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if body is not None:
        headers["Content-Type"] = "application/x-protobuf"
    address = url.rstrip("/") + path
    if not address.startswith(("http://", "https://")):
        raise StoreUnavailable(f"{url} is no address of a collector; write http://HOST:PORT")
    request = Request(address, body, headers, method="GET" if body is None else "POST")  # noqa: S310 - checked above
    try:
        try:
            response: Any = _opener(address).open(request, timeout=timeout_s)
        except HTTPError as error:
            response = error
        with response:
            return Answered(
                int(response.status),
                {name.lower(): value for name, value in response.headers.items()},
                _read(response, _MAX_OBJECT_BYTES, timeout_s),
            )
    except (URLError, OSError, HTTPException, ValueError) as error:
        raise StoreUnavailable(f"no answer at {url} ({getattr(error, 'reason', error)})") from error


def post_object(
    url: str, path: str, asked: Mapping[str, object], *, token: str | None, timeout_s: float
) -> dict[str, object]:
    """Return the JSON object that answers one. Errors: as for `post`."""
    with post(url, path, asked, token=token, accept="application/json", timeout_s=timeout_s) as response:
        return dict(json.loads(_read(response, _MAX_OBJECT_BYTES, timeout_s)))


def _opener(address: str) -> OpenerDirector:
    """Follow no redirect, and ask no proxy of the environment for what is on this machine."""
    return build_opener(_NoRedirect(), *([ProxyHandler({})] if _is_loopback(address) else []))


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_kind(response: HTTPResponse, url: str, accept: str) -> None:
    kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if kind != accept:
        raise StoreUnavailable(
            f"what answers at {url} is no culpa collector: it sent {kind or 'no content type'} instead of {accept}; "
            "name the address of the collector"
        )


def _translated(error: HTTPError, url: str) -> StoreError:
    if 300 <= error.code < 400:
        return StoreUnavailable(
            f"what answers at {url} redirects ({error.code}) to {error.headers.get('Location') or 'nowhere'}, which "
            "is not followed; name the address of the collector itself"
        )
    message = _message(error)
    kind = _KINDS.get(error.code, StoreUnavailable)
    if kind is StoreRefused:
        return StoreRefused(f"the collector at {url} refuses this: {message}")
    if kind is StoreUnavailable:
        return StoreUnavailable(f"the collector at {url} answered {error.code}: {message}")
    return kind(message)


def _message(error: HTTPError) -> str:
    try:
        text = _read(error, _MAX_REFUSAL_BYTES, 10.0).decode("utf-8", "replace")
    except (OSError, HTTPException):
        return str(error.reason)
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:_SHOWN] or str(error.reason)


def _read(response: Any, most: int, timeout_s: float) -> bytes:
    """Read to the end, at most so many bytes and so long: a byte now and then would keep us for ever."""
    give_up_at = time.monotonic() + timeout_s
    found = b""
    while part := response.read1(most - len(found) + 1):
        found += part
        if len(found) > most or time.monotonic() > give_up_at:
            raise OSError("its answer does not end")
    return found
