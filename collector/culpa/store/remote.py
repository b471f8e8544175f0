"""The engine that asks a running collector: one SELECT over `POST /v1/sql`, answered as an Arrow stream."""

import os
from collections.abc import Mapping
from http.client import HTTPException

import pyarrow as pa

from culpa.store.client import post
from culpa.store.engine import Parameter
from culpa.store.errors import StoreRefused, StoreUnavailable

#: Longer than the collector's own limit for a query, so that its answer, not ours, is what people read.
TIMEOUT_S = 120.0
_ARROW_STREAM = "application/vnd.apache.arrow.stream"


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
        asked = {"query": sql, "parameters": dict(parameters or {})}
        try:
            with post(
                self._url, "/v1/sql", asked, token=self._token, accept=_ARROW_STREAM, timeout_s=TIMEOUT_S
            ) as response:
                try:
                    with pa.ipc.open_stream(response) as reader:
                        return reader.read_all()
                except HTTPException as error:
                    raise StoreUnavailable(
                        f"the answer of the collector at {self._url} broke off: the query ran too long, had too many "
                        "rows, or the collector was stopped; narrow the query, and see the collector's log"
                    ) from error
        except StoreRefused as error:
            raise StoreRefused(f"{error}; set CULPA_READ_TOKEN") from error
        except pa.ArrowException as error:
            raise StoreUnavailable(f"the answer of the collector at {self._url} makes no sense ({error})") from error

    def close(self) -> None:
        """Nothing is held open between queries."""
