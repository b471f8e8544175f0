"""The engine that asks a running collector: one SELECT over `POST /v1/sql`, answered as an Arrow stream."""

import json
import os
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pyarrow as pa

from culpa.store.engine import Parameter
from culpa.store.errors import QueryFailed, QueryRefused, StoreError, StoreRefused, StoreUnavailable

#: Longer than the collector's own limit for a query, so that its answer, not ours, is what people read.
TIMEOUT_S = 120.0


class RemoteStore:
    """A running collector, read over HTTP.

    The token is `token`, else CULPA_READ_TOKEN of the environment.
    """

    def __init__(self, url: str, *, token: str | None = None) -> None:
        """Remember the place; nothing is asked before the first query."""
        self._url = url.rstrip("/")
        self._token = token or os.environ.get("CULPA_READ_TOKEN", "")

    @property
    def where(self) -> str:
        """Return the place as the user named it."""
        return self._url

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> pa.Table:
        """Answer one read-only SELECT; see `Store.query`."""
        body = json.dumps({"query": sql, "parameters": dict(parameters or {})}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/vnd.apache.arrow.stream"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = Request(f"{self._url}/v1/sql", data=body, headers=headers, method="POST")  # noqa: S310 - http(s) only, see open_store
        try:
            with urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                return _table(response)
        except HTTPError as error:
            raise _translate(error, self._url) from error
        except HTTPException as error:
            raise StoreUnavailable(
                f"the answer of the collector at {self._url} broke off: the query ran too long, had too many "
                "rows, or the collector was stopped; narrow the query, and see the collector's log"
            ) from error
        except (URLError, OSError, pa.ArrowException) as error:
            reason = getattr(error, "reason", error)
            raise StoreUnavailable(
                f"no answer from the collector at {self._url} ({reason}); is `culpa collect` running there?"
            ) from error

    def close(self) -> None:
        """Nothing is held open between queries."""


def _table(response: HTTPResponse) -> pa.Table:
    with pa.ipc.open_stream(response) as reader:
        return reader.read_all()


def _translate(error: HTTPError, url: str) -> StoreError:
    text = error.read().decode("utf-8", "replace")
    try:
        message = str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        message = text[:300] or error.reason
    if error.code in (401, 403):
        return StoreRefused(f"the collector at {url} refuses to be read: {message}; set CULPA_READ_TOKEN")
    if error.code == 400:
        return QueryRefused(message)
    if error.code == 422:
        return QueryFailed(message)
    return StoreUnavailable(f"the collector at {url} answered {error.code}: {message}")
