"""`culpa change`: tell the collector what was changed, so that problems which follow carry it."""

import click

from culpa.analysis.commands.asking import Asking, Since, say

_KINDS = ("deploy", "config", "flag", "infra")


@click.command("change", cls=Asking)
@click.argument("text")
@click.option("--service", default="", metavar="NAME", help="Whom it concerns  [default: everybody].")
@click.option("--kind", type=click.Choice(_KINDS), default="deploy", show_default=True, help="What was changed.")
@click.option("--at", type=Since(), metavar="TIME", help="10m back from now, or an ISO time  [default: now].")
@click.option(
    "--store",
    "where",
    metavar="URL",
    help="http://… of the collector  [default: CULPA_STORE, else the collector running on this machine].",
)
@click.option("--token", metavar="TOKEN", envvar="CULPA_INGEST_TOKEN", help="Its ingest token  [CULPA_INGEST_TOKEN].")
def command(text: str, service: str, kind: str, at: int | None, where: str | None, token: str | None) -> None:
    """Tell the collector of a change that telemetry does not show.

    TEXT says what was changed, in a few words. A problem that first appears within half an hour after it
    carries it.
    """
    from culpa.analysis.surface.place import default_store
    from culpa.store import iso, tell

    url = where or default_store()
    if not url.startswith(("http://", "https://")):
        raise click.UsageError(
            f"a change is sent to a running collector, and {url} is none; name it with --store http://HOST:PORT"
        )
    change: dict[str, object] = {"description": text, "service": service, "kind": kind}
    if at is not None:
        change["time"] = at
    kept = tell(url, "/v1/changes", change, token=token)
    concerned = f" of {kept['service_name']}" if kept["service_name"] else ""
    say(f"kept: {kept['kind']}{concerned} at {iso(int(str(kept['time'])))}: {kept['description']}")
