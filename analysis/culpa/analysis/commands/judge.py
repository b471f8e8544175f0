"""`culpa judge`: judge what is stored once more, after rules or weights changed, or what lies in another system."""

import os
from pathlib import Path

import click

from culpa.analysis.commands.asking import Asking, Since, say, session, store_options
from culpa.analysis.commands.elsewhere import INTO, JudgeShare, judge_elsewhere, source_of

#: Trace ids in one call to a collector.
_CHUNK = 5_000


@click.command("judge", cls=Asking)
@store_options
@click.option("--again", is_flag=True, help="Judge traces of a store that have a verdict already.")
@click.option(
    "--since", type=Since(), default="", metavar="TIME", help="Only what ended since then: 1h, 2d, or a time."
)
@click.option(
    "--ingest-token",
    envvar="CULPA_INGEST_TOKEN",
    metavar="TOKEN",
    help="Token for ingest of the collector  [CULPA_INGEST_TOKEN].",
)
@click.option(
    "--until", type=Since(), default="", metavar="TIME", help="Of another system: only what failed before, as --since."
)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    help=f"Of another system: the segment file that keeps its failing traces and their verdicts.  [default: {INTO}]",
)
@click.option("--follow", is_flag=True, help="Of another system: go on with what fails there, until interrupted.")
@click.option("--write", is_flag=True, help="Of another system: also write the verdicts into tables there.")
@click.option("--yes", is_flag=True, help="Make what --write shows first.")
@click.option(
    "--share",
    type=JudgeShare(),
    metavar="N/OF",
    help="With --write: be one of several judges, such as 2/3.  [default: 1/1]",
)
def command(
    where: str | None,
    token: str | None,
    again: bool,
    since: int,
    ingest_token: str | None,
    until: int,
    into: Path | None,
    follow: bool,
    write: bool,
    yes: bool,
    share: tuple[int, int] | None,
) -> int:
    """Judge stored traces once more, with the rules and weights of this version, or traces of another system.

    With --store clickhouse://user@host:8123/database the failing traces of the last hour, or since --since, are
    fetched out of the tables of the OpenTelemetry Collector's exporter and judged; nothing is changed there. Likewise
    out of Parquet files with --store parquet:///folder or parquet://s3://bucket/prefix.
    Else --again says that traces with a verdict are meant.

    A verdict that comes out the same is left as it is; another one is a new revision. On a running collector the
    traces are handed to it, and it judges them within its settle time.
    """
    if source := source_of(where := where or os.environ.get("CULPA_STORE")):
        if until and follow:
            raise click.UsageError("--until and --follow exclude each other; name one")
        if share and not write:
            raise click.UsageError("--share needs --write: judges know of each other by what they write there")
        return judge_elsewhere(
            source,
            where or "",
            into or INTO,
            since or 0,
            until or 0,
            is_followed=follow,
            is_written=write,
            is_approved=yes,
            share=share or (1, 1),
        )
    if until or into or follow or write or yes or share:
        raise click.UsageError(
            "--until, --into, --follow, --write, --yes and --share are for another system, such as --store clickhouse://…"
        )
    if not again:
        raise click.UsageError("Missing option '--again'; a store is judged once more only with it")
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
        return 0
    with DuckDBStore(Path(place), writable=True) as store:
        rows = store.query(question("suspects"), asked).to_pylist()
        trace_ids = [row["trace_id"] for row in rows]
        settle_each(store, trace_ids)
    say(f"{len(trace_ids)} traces judged with rules {rules_version()}")
    return 0
