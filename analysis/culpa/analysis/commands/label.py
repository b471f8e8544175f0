"""`culpa label`: keep what a person says that really failed."""

import time
from pathlib import Path

import click

from culpa.analysis.commands.asking import Asking, one_of, say, session, store_options
from culpa.knowledge import LAYERS, causes


def _cause(ctx: click.Context, param: click.Parameter, value: str) -> str:
    return one_of(value, tuple(causes()), "cause")


@click.command("label", cls=Asking)
@click.argument("trace_id")
@click.option("--cause", required=True, metavar="CAUSE", callback=_cause, help="What it really was.")
@click.option("--component", default="", metavar="NAME", help="What really failed  [default: any is right].")
@click.option("--layer", type=click.Choice(LAYERS), help="Its layer  [default: that of the cause].")
@click.option("--note", default="", metavar="TEXT", help="How you know.")
@store_options
@click.option(
    "--ingest-token",
    envvar="CULPA_INGEST_TOKEN",
    metavar="TOKEN",
    help="Token for ingest of the collector  [CULPA_INGEST_TOKEN].",
)
@click.pass_context
def command(
    ctx: click.Context,
    trace_id: str,
    cause: str,
    component: str,
    layer: str | None,
    note: str,
    where: str | None,
    token: str | None,
    ingest_token: str | None,
) -> None:
    """Say what really failed in a trace; `culpa accuracy` compares.

    TRACE_ID is the trace's id, its first 8 or more hex digits, or a `traceparent`. The newest label counts;
    the verdict stays as it is. Exit status 1: no failed request is known under that id.
    """
    from culpa.analysis.explanation.explain import AmbiguousTrace, NoSuchTrace, NotATraceId
    from culpa.store import tell

    with session(where, token) as s:
        place = s.where
        try:
            verdicts = [failure.verdict for failure in s.explain(trace_id).failures]
        except (NotATraceId, AmbiguousTrace) as error:
            raise click.UsageError(str(error)) from error
        except NoSuchTrace as error:
            say(str(error))
            ctx.exit(1)
    label = {
        "trace_id": str(verdicts[0]["trace_id"]),
        "layer": layer or causes()[cause].layer,
        "component": component,
        "cause": cause,
        "note": note,
    }
    if place.startswith(("http://", "https://")):
        tell(place, "/v1/labels", label, token=ingest_token)
    else:
        _keep(Path(place), label)
    said = ", ".join(f"{one['component'] or one['layer']} {one['cause']} ({one['confidence']:.2f})" for one in verdicts)
    say(f"kept: {label['trace_id']} was {component or label['layer']} {cause}; the verdict says {said}")


def _keep(place: Path, label: dict[str, str]) -> None:
    """Write the label into a store that nobody else writes. Errors: StoreLocked where a collector does."""
    import pyarrow as pa

    from culpa.store import DuckDBStore, arrow_schema

    row = {"time": time.time_ns(), **label}
    with DuckDBStore(place, writable=True) as store:
        store.write({"labels": pa.Table.from_pylist([row], schema=arrow_schema("labels"))})
