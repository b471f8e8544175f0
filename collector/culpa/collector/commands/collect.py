"""`culpa collect`: receive, store and have judged, until it is stopped."""

import ipaddress
import logging
import os
import socket
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from culpa.collector.commands.config import Trouble, resolve_flags, setting_options
from culpa.collector.connections import listen
from culpa.collector.logbook import FORMATS, Logbook, begin
from culpa.collector.settings import Settings
from culpa.instrumentation.offers import offered
from culpa.knowledge import BadFormat, BadSaying, BadTable, check_own
from culpa.store import NotAStore, StoreError, bytes_text, use_arrow_alone

if TYPE_CHECKING:
    from culpa.collector.settler import Settle
    from culpa.store import DuckDBStore

logger = logging.getLogger("culpa.collector")

#: The first that attaches files of a file system that is not its own; so a query reads a snapshot.
_LEAST_DUCKDB = 2


@click.command(short_help="Receive telemetry, store it, and judge every failed request.")
@setting_options
def command(config: str | None, **flags: object) -> None:
    """Receive OTLP (HTTP and gRPC) and server logs, store them, and judge every failed request.

    Listens on loopback; other addresses want an ingest token and a read token. Stops on SIGTERM and Ctrl-C
    with everything stored. `culpa config` lists all settings with their origin.
    """
    settings = resolve_flags(config, flags).settings
    if settings.log_format not in FORMATS:
        raise Trouble(f"log_format must be one of {', '.join(FORMATS)}, got {settings.log_format!r}")
    book = begin(sys.stderr, settings.log_format, has_status=settings.status)
    try:
        _prepare_and_collect(settings, book)
    finally:
        book.close()


def _prepare_and_collect(settings: Settings, book: Logbook) -> None:
    use_arrow_alone()
    # Settlers are called with a store alone; this is how they hear of it.
    if settings.weights:
        os.environ["CULPA_WEIGHTS"] = settings.weights
    if settings.knowledge:
        os.environ["CULPA_KNOWLEDGE"] = settings.knowledge
    if settings.formats:
        os.environ["CULPA_FORMATS"] = settings.formats
    try:
        check_own()
        _check_formats(settings)
    except (BadFormat, BadSaying, BadTable) as error:
        raise Trouble(str(error)) from error
    check_settings(settings)
    settlers = _settlers()
    try:
        listening = listen(settings.host, settings.http_port, "--http-port")
    except OSError as error:
        raise Trouble(str(error)) from error
    # Telemetry is nobody else's to read: what is made from here on is this user's alone.
    mask = os.umask(0o077)
    try:
        _collect(settings, settlers, listening, book)
    finally:
        listening.close()
        os.umask(mask)


def _collect(settings: Settings, settlers: "dict[str, Settle]", listening: socket.socket, book: Logbook) -> None:
    """Open the store and run until a signal comes. Errors: Trouble."""
    # Seconds of imports, which neither --help nor a wrong setting should wait for.
    from culpa.collector.serve import Collector

    _check_engine()
    try:
        store = _open(settings)
    except StoreError as error:
        raise Trouble(str(error)) from error
    try:
        began = time.monotonic()
        collector = Collector(store, settlers, settings)

        def tell(places: str) -> None:
            for line in _start_lines(settings, places, store):
                logger.info("%s", line)
            book.status.follow(collector.measures.registry)

        collector.run(listening, tell)
        logger.info(
            "stopped after %.0f s; all that was acknowledged is in %s (%s)",
            time.monotonic() - began,
            store.path.parent,
            bytes_text(_size(store.path)),
        )
    except (OSError, ValueError, StoreError) as error:
        raise Trouble(str(error)) from error
    finally:
        store.close()


def _check_engine() -> None:
    """Refuse an engine that cannot answer questions beside ingest. Errors: Trouble."""
    import duckdb

    if int(duckdb.__version__.partition(".")[0]) < _LEAST_DUCKDB:
        raise Trouble(
            f"DuckDB {duckdb.__version__} cannot read a store that is written meanwhile; "
            f"install DuckDB {_LEAST_DUCKDB}: pip install 'culpa[collector]'"
        )


def _start_lines(settings: Settings, places: str, store: "DuckDBStore") -> list[str]:
    """Return what an operator needs to know: version, addresses, store, what is kept how long, who may come in."""
    from culpa.collector.admission import readers, senders
    from culpa.store import free_bytes

    free = bytes_text(free_bytes(store.path.parent))
    days = [
        f"{what} {f'{count} days' if count else 'for good'}"
        for what, count in (
            ("healthy telemetry", settings.keep_healthy_days),
            ("failing", settings.keep_failing_days),
            ("verdicts", settings.keep_verdicts_days),
        )
    ]
    bounds = [f"at most {bytes_text(settings.keep_bytes)}"] if settings.keep_bytes else []
    bounds += [f"{bytes_text(settings.keep_free_bytes)} of the disk left free"] if settings.keep_free_bytes else []
    doors = [
        f"{who} need {'no token' if keyring.is_open else 'a token'}"
        for who, keyring in (("senders", senders(settings)), ("readers", readers(settings)))
    ]
    elsewhere = [f"what is received goes on to {settings.stored_at}"] if settings.stored_at else []
    return [
        f"culpa {version('culpa')}: {places}, store {store.path} ({bytes_text(_size(store.path))}, {free} free)",
        f"kept: {', '.join([*days, *bounds])}; {', '.join(doors)}",
        *elsewhere,
    ]


def _size(path: Path) -> int:
    """Return the bytes of a store by its file that is written: all files of its directory, or the one."""
    from culpa.store import HOT_SEGMENT

    files = path.parent.glob("*.duckdb*") if path.name == HOT_SEGMENT else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _check_formats(settings: Settings) -> None:
    """Read the user's own formats, where a folder is named. Errors: BadFormat."""
    if settings.formats:
        # They cost start-up time that a collector of OTLP alone need not pay.
        from culpa.collector.formats import formats

        formats()


def check_settings(settings: Settings) -> None:
    """Refuse what cannot work or is not safe. Errors: Trouble."""
    from culpa.collector.admission import BadTokens, readers, senders, wrong_entry

    try:
        sending, reading = senders(settings), readers(settings)
    except BadTokens as error:
        raise Trouble(str(error)) from error
    if not _is_loopback(settings.host) and not settings.insecure:
        missing = [name for name, keyring in (("ingest_token", sending), ("read_token", reading)) if keyring.is_open]
        if missing:
            raise Trouble(
                f"{settings.host} can be reached from other machines: set {' and '.join(missing)} "
                "(or say --insecure, and anybody may write and read)"
            )
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise Trouble("tls_cert and tls_key belong together: set both or none")
    if settings.tls_client_ca and not settings.tls_cert:
        raise Trouble("tls_client_ca asks clients for a certificate, which needs TLS: set tls_cert and tls_key, too")
    for path in (settings.tls_cert, settings.tls_key, settings.tls_client_ca):
        if path and not Path(path).is_file():
            raise Trouble(f"no file at {path}; name a PEM file in tls_cert, tls_key and tls_client_ca")
    if settings.weights and not Path(settings.weights).is_file():
        raise Trouble(f"no file at {settings.weights}; name one like weights.toml in weights, or leave it empty")
    _check_tail(settings.tail)
    if wrong := wrong_entry(settings):
        raise Trouble(wrong)
    if settings.parquet and "://" in settings.store:
        raise Trouble(
            "--parquet and a --store in another system exclude each other: name a directory in --store, or one of them "
            "as a destination in the file of --onward"
        )
    if settings.stored_at:
        _check_elsewhere(settings.stored_at)


def _check_elsewhere(address: str) -> None:
    """Refuse what nothing can be stored in. Errors: Trouble."""
    parts = urlsplit(address)
    points = offered("culpa.deliveries", parts.scheme)
    if not points:
        raise Trouble(
            f"{parts.scheme}://… is somebody else's store; name a directory to collect into (--store DIR), or "
            "clickhouse://user@host:8123/database, parquet:///folder, parquet://s3://bucket/prefix"
        )
    if parts.password:
        raise Trouble("the address of a store is shown; write its password into CULPA_CLICKHOUSE_PASSWORD instead")
    try:
        for point in points:
            point.load()(address).close()
    except StoreError as error:
        raise Trouble(str(error)) from error


def _check_tail(tail: tuple[str, ...]) -> None:
    if not tail:
        return
    # Server-log formats cost start-up time that a collector of OTLP alone need not pay.
    from culpa.collector.tail import parse_entry

    for entry in tail:
        try:
            parse_entry(entry)
        except ValueError as error:
            raise Trouble(str(error)) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _open(settings: Settings) -> "DuckDBStore":
    """Open the store; what does not end in .duckdb becomes a directory. Errors: StoreError."""
    from culpa.store import DuckDBStore

    where = settings.folder
    if where.suffix != ".duckdb" and not where.is_file():
        try:
            where.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotAStore(f"cannot make the store directory {where}: {error.strerror}; name another one") from error
    try:
        return DuckDBStore(
            where, writable=True, memory_limit=settings.memory_limit, threads=settings.threads or None, shared=True
        )
    except ValueError as error:
        raise NotAStore(f"cannot open {where}: {error}") from error


def _settlers() -> "dict[str, Settle]":
    """Load the installed settlers; a collector without any stores, but judges nothing, and says so."""
    found: dict[str, Settle] = {}
    for point in offered("culpa.settlers"):
        try:
            found[point.name] = point.load()
        except (ImportError, AttributeError) as error:
            click.echo(f"culpa collect: settler {point.name} cannot be loaded: {error}", err=True)
    if not found:
        click.echo(
            "culpa collect: no settler is installed, so failures are stored but not judged: "
            "pip install 'culpa[analysis]'",
            err=True,
        )
    return found
