"""What befalls the Collector itself while the apps fail."""

import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager

from lab.relays.relay import Relay
from lab.world import World

Trouble = Callable[[World, Relay], AbstractContextManager[None]]
#: What was sent before a trouble begins has passed the Collector by then (seconds).
_PASSED_S = 12.0
_BETWEEN_RESTARTS_S = 1.0


@contextmanager
def _down(on: World, _relay: Relay) -> Generator[None]:
    hub = on.processes["otelcol-hub"]
    time.sleep(_PASSED_S)
    hub.stop()
    try:
        yield
        time.sleep(1.0)
    finally:
        hub.start()


def _instead(config: str) -> Trouble:
    @contextmanager
    def trouble(on: World, relay: Relay) -> Generator[None]:
        with _down(on, relay):
            other = relay.process(on, config)
            other.start()
            try:
                yield
                time.sleep(6.0)
            finally:
                other.stop()

    return trouble


@contextmanager
def _restarted(on: World, _relay: Relay) -> Generator[None]:
    hub, is_over = on.processes["otelcol-hub"], threading.Event()

    def restart() -> None:
        while not is_over.wait(_BETWEEN_RESTARTS_S):
            hub.stop()
            hub.start()

    worker = threading.Thread(target=restart)
    worker.start()
    try:
        yield
    finally:
        is_over.set()
        worker.join()


@contextmanager
def _culpa_down(on: World, _relay: Relay) -> Generator[None]:
    collector = on.processes["collector"]
    collector.stop()
    try:
        yield
        time.sleep(4.0)
    finally:
        collector.start()


#: By the names of `passages.TROUBLES`.
TROUBLED: Mapping[str, Trouble] = {
    "down": _down,
    "refusing": _instead("refusing"),
    "full": _instead("full"),
    "restarted": _restarted,
    "culpa down": _culpa_down,
}
