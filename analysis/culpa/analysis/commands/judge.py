"""`culpa judge --again`: judge what is stored once more, after rules or weights changed."""

import json
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import click

from culpa.analysis.commands.asking import Asking, Since, Trouble, say, session, store_options
from culpa.analysis.questions import question
from culpa.analysis.rules import rules_version
from culpa.analysis.settle import settle
from culpa.store import DuckDBStore

#: Trace ids in one call to a collector.
_CHUNK = 5_000


@click.command("judge", cls=Asking)
@store_options
@click.option("--again", is_flag=True, required=True, help="Judge traces that have a verdict already.")
@click.option(
    "--since", type=Since(), default="", metavar="TIME", help="Only what ended since then: 1h, 2d, or a time."
)
@click.option(
    "--ingest-token",
    envvar="CULPA_INGEST_TOKEN",
    metavar="TOKEN",
    help="Token for ingest of the collector  [CULPA_INGEST_TOKEN].",
)
def command(where: str | None, token: str | None, again: bool, since: int, ingest_token: str | None) -> None:
    """Judge stored traces once more, with the rules and weights of this version.

    A verdict that comes out the same is left as it is; another one is a new revision. On a running collector the
    traces are handed to it, and it judges them within its settle time.
    """
    with session(where, token) as s:
        place = s.where
        found = s.sql(question("suspects_since"), since_ns=since or 0)
        trace_ids = [row["trace_id"] for row in found]
    if place.startswith(("http://", "https://")):
        for start in range(0, len(trace_ids), _CHUNK):
            _hand_over(place, trace_ids[start : start + _CHUNK], ingest_token)
        say(f"{len(trace_ids)} traces handed to {place}")
        return
    with DuckDBStore(Path(place), writable=True) as store:
        settle(store, trace_ids)
    say(f"{len(trace_ids)} traces judged with rules {rules_version()}")


def _hand_over(url: str, trace_ids: list[str], token: str | None) -> None:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = json.dumps({"trace_ids": trace_ids}).encode()
    request = Request(f"{url}/v1/judge", data=body, headers=headers, method="POST")  # noqa: S310 - http(s) only, see open_store
    try:
        with urlopen(request, timeout=60):  # noqa: S310
            return
    except HTTPError as error:
        said = error.read().decode("utf-8", "replace")[:300]
        raise Trouble(f"the collector at {url} answered {error.code} to /v1/judge: {said}") from error
    except (URLError, OSError) as error:
        raise Trouble(f"no answer from the collector at {url} ({error}); is `culpa collect` running there?") from error
