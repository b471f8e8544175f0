"""`culpa mcp`: the tools for an agent that starts this process and speaks with it over stdin and stdout."""

from typing import TYPE_CHECKING

import click

from culpa.analysis.commands.asking import Asking, store_options
from culpa.analysis.surface.place import default_store
from culpa.store import use_arrow_alone

if TYPE_CHECKING:
    from culpa.web.house import House


@click.command(
    "mcp", cls=Asking, short_help="Answer an agent's questions (Model Context Protocol) over stdin and stdout."
)
@store_options
def command(where: str | None, token: str | None) -> None:
    """Answer an agent's questions over stdin and stdout, as a server of the Model Context Protocol.

    An agent starts it (docs/mcp.md has the configuration of known ones). A collector serves the same tools at /mcp.
    """
    use_arrow_alone()
    # A second of imports, which no --help should wait for.
    import anyio

    from culpa.mcp.server import make_server
    from culpa.web.desk import Desk
    from mcp.server.stdio import stdio_server

    house = _house(where or default_store(), token)
    server = make_server(Desk(house))

    async def serve() -> None:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    try:
        anyio.run(serve)
    except KeyboardInterrupt:
        return
    finally:
        house.close()


def _house(where: str, token: str | None) -> "House":
    from culpa.mcp.remote import Remote
    from culpa.store import DuckDBStore, RemoteStore, open_store
    from culpa.web.recorded import Recorded

    store = open_store(where, token=token or None)
    if isinstance(store, RemoteStore):
        return Remote(store)
    assert isinstance(store, DuckDBStore)  # noqa: S101 - a place is one or the other
    return Recorded(store)
