"""Put the parts together, run them until a signal comes, and take them apart in the right order."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
import time
from collections.abc import Callable, Generator, Mapping
from typing import Protocol

import uvicorn
import uvloop

from culpa.collector.connections import Limits, bounded, listen, most_http, raise_limit, sweep
from culpa.collector.intake import Intake
from culpa.collector.keeper import Bounds, Keeper
from culpa.collector.measures import Measures, StoreMeasures
from culpa.collector.queries import Forker
from culpa.collector.receivers import Parts, start_all
from culpa.collector.serve.app import make_app
from culpa.collector.serve.companions import Companions
from culpa.collector.serve.house import House
from culpa.collector.settings import Settings
from culpa.collector.settler import Settle, Settler
from culpa.collector.writer import Writer
from culpa.store import HOT_SEGMENT, DuckDBStore, StoreError

logger = logging.getLogger("culpa.collector")

#: Senders and readers have so long to end when the collector is stopped.
_GRACE_S = 8
#: Longer than the pause between two exports of an SDK, so that it need not connect anew.
_KEEP_ALIVE_S = 75


class _HttpServer(uvicorn.Server):
    """uvicorn, but the signals are ours: it raises them again at its end, and the exit status is lost."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class _Tailer(Protocol):
    def start(self) -> None: ...

    def stop(self) -> None: ...


class Collector:
    """All parts of a running collector. `store` is owned by it from now on."""

    def __init__(self, store: DuckDBStore, settlers: Mapping[str, Settle], settings: Settings) -> None:
        """Start the threads; nothing listens yet. Errors: StoreError, ValueError for an entry of `tail`."""
        raise_limit()
        self._store = store
        self._settings = settings
        #: What it counts of itself.
        self.measures = measures = Measures()
        self._settler = Settler(
            store,
            settlers,
            settle_s=settings.settle_s,
            provisional_s=settings.provisional_s,
            measures=measures,
        )
        self._writer = Writer(
            store,
            linger_s=settings.linger_s,
            min_free_bytes=settings.min_free_bytes,
            listener=self._settler.notice,
            measures=measures,
        )
        self._intake = Intake(self._writer, settings.queue_bytes, measures)
        measures.add(StoreMeasures(store, lambda: self._intake.queue, self.troubles))
        self._keeper = Keeper(store, Bounds.of(settings)) if store.path.name == HOT_SEGMENT else None
        self._tailer = _tailer(settings, self._writer, store)
        self._forker = Forker()
        self._parts = Parts(settings, store, self._intake, self._settler.again, self._forker, measures)

    def check(self) -> dict[str, str]:
        """Return what keeps the collector from working, by part; empty when all is well."""
        wrong: dict[str, str] = {}
        parts = (
            ("writer", self._writer),
            ("decoder", self._intake),
            ("settler", self._settler),
            ("keeper", self._keeper),
        )
        for name, part in parts:
            if part and not part.is_alive:
                wrong[name] = "its thread has ended; restart the collector"
        if trouble := self._intake.turnaways.trouble(time.monotonic()):
            wrong["senders"] = trouble
        try:
            self._writer.check_space()
        except StoreError as error:
            wrong["store"] = str(error)
        return wrong

    def troubles(self) -> dict[str, str]:
        """Return what is wrong, by part: also what keeps it from nothing but older rows."""
        wrong = self.check()
        with contextlib.suppress(StoreError):
            if missing := self._store.sealed.missing:
                wrong["sealed"] = f"{', '.join(missing)} cannot be read; see `culpa store verify`"
        return wrong

    def run(self, listening: socket.socket, tell: Callable[[str], None]) -> None:
        """Serve until SIGTERM or SIGINT; then store what was taken and let go of the file.

        `tell` hears one line when everything listens. Errors: OSError when a port is taken.
        """
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            try:
                runner.run(self._serve(listening, tell))
            finally:
                self.close()

    async def _serve(self, listening: socket.socket, tell: Callable[[str], None]) -> None:
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        sockets = [listening, *self._more_sockets()]
        house = House(self._parts, self.troubles)
        # Before anybody can send: what is answered is handed on.
        companions = Companions(house)
        try:
            others = await start_all(self._parts)
        except BaseException:
            companions.close()
            raise
        http = _HttpServer(self._http_config(house))
        serving = asyncio.create_task(http.serve(sockets=sockets))
        while not http.started and not serving.done():  # noqa: ASYNC110 - uvicorn has only a flag
            await asyncio.sleep(0.01)
        sweeping = asyncio.create_task(sweep(lambda: http.server_state.connections))
        if self._tailer:
            self._tailer.start()
        places = [f"Jaeger's query API on {self._url(one)}" for one in sockets[1:]]
        tell(", ".join([f"OTLP/HTTP on {self._url(listening)}", *(other.place for other in others), *places]))
        # What lives now lives for ever: the collector of garbage need not look at it again and again.
        gc.collect()
        gc.freeze()
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        logger.info("stopping: what was taken is stored, and whoever is being answered has %d s", _GRACE_S)
        waiting.cancel()
        http.should_exit = True
        leaving = asyncio.create_task(asyncio.to_thread(companions.close))
        # Nobody waits for what may take half a minute.
        self._forker.close()
        await asyncio.gather(serving, leaving, *(other.stop(_GRACE_S) for other in others))
        sweeping.cancel()
        # What stays frozen to the end looks like a leak to the engine's bindings, and they say so at length.
        gc.unfreeze()

    def _more_sockets(self) -> list[socket.socket]:
        """Listen at the other ports of HTTP. Errors: OSError."""
        port = self._settings.jaeger_port
        return [listen(self._settings.host, port, "--jaeger-port")] if port else []

    def _http_config(self, house: House) -> uvicorn.Config:
        settings = self._settings
        return uvicorn.Config(
            make_app(self._parts, self.check, house),
            http=bounded(
                Limits(
                    settings.head_timeout_s,
                    settings.body_timeout_s,
                    settings.min_body_rate,
                    _KEEP_ALIVE_S,
                    most_http(),
                )
            ),
            ws="none",
            lifespan="off",
            log_config=None,
            # What a stranger sends that is no HTTP is the stranger's trouble, and need not fill the log.
            log_level="error",
            access_log=False,
            server_header=False,
            # Anybody on this machine could name any other peer, and take its share.
            proxy_headers=False,
            headers=[("X-Content-Type-Options", "nosniff")],
            # What is cut off then still gets its answer.
            timeout_graceful_shutdown=_GRACE_S - 1,
            timeout_keep_alive=_KEEP_ALIVE_S,
            ssl_certfile=settings.tls_cert or None,
            ssl_keyfile=settings.tls_key or None,
            ssl_ca_certs=settings.tls_client_ca or None,
            ssl_cert_reqs=ssl.CERT_REQUIRED if settings.tls_client_ca else ssl.CERT_NONE,
        )

    def _url(self, listening: socket.socket) -> str:
        host, port = listening.getsockname()[:2]
        scheme = "https" if self._settings.tls_cert else "http"
        return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"

    def close(self) -> None:
        """Store what was taken, along the data's path, and let go of the file. May be called twice."""
        if self._tailer:
            self._tailer.stop()
        if self._keeper:
            self._keeper.close()
        self._intake.close()
        self._writer.close()
        self._settler.close()
        try:
            self._store.checkpoint()
        except StoreError as error:
            logger.warning("the write-ahead log stays beside the store until the next start: %s", error)
        self._store.close()


def _tailer(settings: Settings, writer: Writer, store: DuckDBStore) -> _Tailer | None:
    if not settings.tail:
        return None
    # Server-log formats cost start-up time that a collector of OTLP alone need not pay.
    from culpa.collector.tail import Tailer, purge_positions, read_positions

    writer.housekeeping.append(purge_positions)
    return Tailer(settings.tail, writer.submit, positions=read_positions(store))
