"""`culpa judge --again`: judge what is stored once more, after rules or weights changed."""

from pathlib import Path

import click

from culpa.analysis.commands.asking import Asking, Since, say, session, store_options

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
    from culpa.analysis.pipeline.questions import question
    from culpa.analysis.pipeline.rules import rules_version
    from culpa.analysis.settle import settle_each
    from culpa.store import DuckDBStore, Parameter, tell

    asked: dict[str, Parameter] = {"since_ns": since or 0, "with_judged": True}
    with session(where, token) as s:
        place = s.where
        is_remote = place.startswith(("http://", "https://"))
        # A file is asked after it was opened for writing, which mends times that older versions stored.
        found = s.sql(question("suspects"), **asked) if is_remote else ()
        trace_ids = [row["trace_id"] for row in found]
    if is_remote:
        for start in range(0, len(trace_ids), _CHUNK):
            tell(place, "/v1/judge", {"trace_ids": trace_ids[start : start + _CHUNK]}, token=ingest_token)
        say(f"{len(trace_ids)} traces handed to {place}")
        return
    with DuckDBStore(Path(place), writable=True) as store:
        rows = store.query(question("suspects"), asked).to_pylist()
        trace_ids = [row["trace_id"] for row in rows]
        settle_each(store, trace_ids)
    say(f"{len(trace_ids)} traces judged with rules {rules_version()}")
