"""The process that forks: it has imported what a query needs, does nothing itself, and so its children start fast.

It obeys one socket, whose number is its only argument; when that ends, it ends, and its children with it. Messages are
JSON: in come `{"run": id, "snapshot": …, "limits": …}` with the child's socket beside it and `{"kill": id}`; out goes
`{"ended": id, "signal": n}`.
"""

import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import duckdb

from culpa.collector.queries.limits import Limits
from culpa.collector.queries.runner import run
from culpa.store import Snapshot, prepare

_MESSAGE_BYTES = 64 * 1024


def _wake_up(_: int, __: FrameType | None) -> None:
    """Do nothing: a signal that is handled writes to the descriptor on which `serve` waits."""


class _Zygote:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, int] = {}
        self._wake, self._waker = socket.socketpair()
        for end in (self._wake, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _wake_up)
        # The collector decides when to stop; its terminal's Ctrl-C reaches this process too.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    def serve(self) -> None:
        """Obey until the control socket ends."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(self._wake, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._wake:
                        self._reap()
                    elif not self._obey():
                        return

    def _obey(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, 1)
        if not message:
            return False
        order: dict[str, Any] = json.loads(message)
        if "kill" in order:
            for pid, name in self._children.items():
                if name == order["kill"]:
                    os.kill(pid, signal.SIGKILL)
            return True
        with socket.socket(fileno=descriptors[0]) as connection:
            try:
                pid = os.fork()
            except OSError:
                # No room for one more process: this query fails, and those that run go on.
                self._tell(order["run"], 0)
                return True
            if not pid:
                self._become(connection, order)
        self._children[pid] = order["run"]
        return True

    def _tell(self, name: int, number: int) -> None:
        self._control.send(json.dumps({"ended": name, "signal": number}).encode())

    def _become(self, connection: socket.socket, order: dict[str, Any]) -> NoReturn:
        """Be the child. It never returns, and no handler, buffer or exit hook of its parent runs in it."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            run(connection, Snapshot(**order["snapshot"]), Limits(**order["limits"]))
        finally:
            os._exit(0)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            while self._wake.recv(4096):
                pass
        for pid in list(self._children):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                name = self._children.pop(pid)
                number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
                self._tell(name, number)

    def end(self) -> None:
        """Take the children along, whose ends nobody is told of any more."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Warm up, obey, end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    # What the engine sets up once in a process is set up before the first fork; its threads end with it.
    duckdb.connect(":memory:").close()
    prepare()
    zygote = _Zygote(control)
    try:
        zygote.serve()
    except OSError:
        # The collector is gone.
        pass
    finally:
        zygote.end()


if __name__ == "__main__":
    main()
