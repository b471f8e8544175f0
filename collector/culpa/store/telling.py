"""Tell a running collector something that it cannot see: one JSON object over HTTP.

Refuses to write into files: what is stored is redacted by the collector.
"""

from collections.abc import Mapping

from culpa.store.client import post_object

_TIMEOUT_S = 60.0


def tell(url: str, path: str, body: Mapping[str, object], *, token: str | None = None) -> dict[str, object]:
    """Send one object to `path` of the collector at `url`; return its answer once that is durable.

    Errors: QueryRefused if it says that the object is wrong; StoreRefused for the token; StoreUnavailable.
    """
    return post_object(url, path, body, token=token, timeout_s=_TIMEOUT_S)
