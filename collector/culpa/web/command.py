"""`culpa open`: the page for a recorded segment, on this machine's loopback."""

import socket
import webbrowser

import click

from culpa.analysis.commands.asking import Asking, Trouble, say
from culpa.store import use_arrow_alone


@click.command("open", cls=Asking, short_help="Show a recorded segment as the page that a collector serves.")
@click.argument("file", metavar="FILE")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="Port to listen on; 0 takes a free one.")
@click.option("--browser/--no-browser", default=True, help="Show it in this machine's browser.")
def command(file: str, port: int, browser: bool) -> None:
    """Show a recorded segment, or the store of a stopped collector, as the page that a collector serves.

    FILE may also be the address of a ClickHouse or a Parquet folder (docs/clickhouse.md, docs/parquet.md). Listens on
    127.0.0.1 only, and changes nothing in FILE. Ends with Ctrl-C.
    """
    use_arrow_alone()
    # Seconds of imports, which no --help should wait for.
    import uvicorn

    from culpa.store import DuckDBStore, RemoteStore, open_store
    from culpa.web.recorded import Recorded
    from culpa.web.site import make_site

    opened = open_store(file)
    if not isinstance(opened, DuckDBStore):
        assert isinstance(opened, RemoteStore)  # noqa: S101 - a place is one or the other
        raise Trouble(f"{file} is a collector, which serves the page itself: open it in a browser")
    with opened as store:
        try:
            listening = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            raise Trouble(f"cannot listen on port {port}: {error.strerror}; name another --port") from error
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        say(f"culpa open: {store.where} on {address}, Ctrl-C ends it")
        if browser:
            webbrowser.open(address)
        site = make_site(Recorded(store))
        config = uvicorn.Config(
            site,
            ws="none",
            lifespan="off",
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            headers=[("X-Content-Type-Options", "nosniff")],
        )
        uvicorn.Server(config).run(sockets=[listening])
