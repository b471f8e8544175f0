"""Tell a running collector something that it cannot see: one JSON object over HTTP.

Refuses to write into files: what is stored is redacted by the collector.
"""

import json
from collections.abc import Mapping
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from culpa.store.errors import QueryRefused, StoreRefused, StoreUnavailable

_TIMEOUT_S = 30.0


def tell(url: str, path: str, told: Mapping[str, object], *, token: str | None = None) -> dict[str, object]:
    """Send one object to `path` of the collector at `url`; return its answer once that is durable.

    Errors: QueryRefused if it says that the object is wrong; StoreRefused for the token; StoreUnavailable.
    """
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    address = url.rstrip("/") + path
    if not address.startswith(("http://", "https://")):
        raise StoreUnavailable(f"{url} is no address of a collector; write http://HOST:PORT")
    request = Request(address, json.dumps(dict(told)).encode(), headers, method="POST")  # noqa: S310 - http(s) only, checked above
    try:
        with urlopen(request, timeout=_TIMEOUT_S) as response:  # noqa: S310
            return dict(json.loads(response.read()))
    except HTTPError as error:
        message = _message(error)
        if error.code in (401, 403):
            raise StoreRefused(f"the collector at {url} refuses to be told: {message}") from error
        if error.code in (400, 413, 415, 422):
            raise QueryRefused(f"the collector at {url} refuses this: {message}") from error
        raise StoreUnavailable(f"the collector at {url} answered {error.code}: {message}") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise StoreUnavailable(
            f"no answer from the collector at {url} ({reason}); is `culpa collect` running there?"
        ) from error


def _message(error: HTTPError) -> str:
    text = error.read().decode("utf-8", "replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text[:300] or str(error.reason)
