"""The collector's hold on the process that forks: ask for a child, hear of its end, kill it.

The process is started by the first query: a collector that nobody asks does not pay for it.
"""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from culpa.collector.queries.limits import Limits
from culpa.store import Snapshot, StoreUnavailable

_MESSAGE_BYTES = 64 * 1024
#: In place of a signal: its process ended because the one that forks did, for nothing that the query had done.
LOST = -1
#: Whoever is killed is dead within milliseconds, unless the process that forks does not run.
_DEATH_S = 4.0
#: Where its socket is full, it is told again so much later.
_AGAIN_S = 0.05


class Child:
    """One running query: its socket, and by what signal its process ended."""

    def __init__(self, name: int, connection: socket.socket, forker: "Forker") -> None:
        """Belong to a forker."""
        self._name = name
        self._forker = forker
        self.connection = connection
        #: 0 if it ended by itself, LOST if it ended with the process that forks.
        self.signal: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def kill(self) -> None:
        """End it, whatever it does. May be called twice."""
        self._forker.kill(self._name)


class Forker:
    """Starts children for queries. Lives on one event loop."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._children: dict[int, Child] = {}
        self._last = 0

    async def fork(self, snapshot: Snapshot, limits: Limits) -> Child:
        """Return a new child, which waits for its question. Errors: StoreUnavailable."""
        try:
            ours, theirs = socket.socketpair()
        except OSError as error:
            raise StoreUnavailable(f"no query can be run now ({error.strerror}); ask again") from error
        ours.setblocking(False)
        self._last += 1
        message = {"run": self._last, "snapshot": asdict(snapshot), "limits": asdict(limits)}
        with theirs:
            try:
                socket.send_fds(self._started(), [json.dumps(message).encode()], [theirs.fileno()])
            except BlockingIOError as error:
                ours.close()
                raise StoreUnavailable("too many queries begin at once; ask again") from error
            except OSError as error:
                ours.close()
                self._lost()
                raise StoreUnavailable(f"the process of queries is gone ({error.strerror}); ask again") from error
        child = Child(self._last, ours, self)
        self._children[self._last] = child
        return child

    def _started(self) -> socket.socket:
        if self._control is None:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            # Whatever holds that process up must not hold up the event loop.
            self._control.setblocking(False)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "culpa.collector.queries.zygote", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    cwd="/",
                    env=_environment(os.environ),
                )
            asyncio.get_running_loop().add_reader(self._control, self._hear, self._control)
        return self._control

    def _hear(self, control: socket.socket) -> None:
        try:
            message = control.recv(_MESSAGE_BYTES)
        except OSError:
            message = b""
        if not message:
            self._lost()
            return
        answer: dict[str, int] = json.loads(message)
        self._end(answer["ended"], answer["signal"])

    def _end(self, name: int, number: int) -> None:
        child = self._children.pop(name, None)
        if child and not child.signal.done():
            child.signal.set_result(number)

    def kill(self, name: int) -> None:
        """End a child by its name; nothing happens if it has ended."""
        if name in self._children and self._control:
            loop = asyncio.get_running_loop()
            try:
                self._control.send(json.dumps({"kill": name}).encode())
                loop.call_later(_DEATH_S, self._check_dead, name)
            except BlockingIOError:
                loop.call_later(_AGAIN_S, self.kill, name)
            except OSError:
                self._lost()

    def _check_dead(self, name: int) -> None:
        """Start anew where a child survives: the process that forks is stopped, and its children die with it."""
        if name in self._children:
            self._lost()

    def _lost(self) -> None:
        """Let go of a process that is gone; the next query starts another."""
        if self._control:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            self._control = None
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
        for name in list(self._children):
            self._end(name, LOST)

    def close(self) -> None:
        """End the process and every child with it. May be called twice."""
        self._lost()


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what the process needs to find its modules: no token, no setting, no secret of the collector."""
    kept = {name: environ[name] for name in ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ") if name in environ}
    # Threads of its own would not survive a fork.
    return kept | {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
