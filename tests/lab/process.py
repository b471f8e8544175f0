"""One process of the lab, which a fault may stop, freeze, kill and start again."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from culpa.demo.trouble import Trouble

#: How long a process may take until it is ready, on a busy machine (seconds).
_START_LIMIT_S = 90.0
#: How long a process may take to stop before it is killed (seconds).
_STOP_LIMIT_S = 8.0
_PAUSE_S = 0.05
_LAST_LINES = 12


@dataclass
class Process:
    """A program, leader of a process group, that can be started again with other settings."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    env: Mapping[str, str]
    #: The folder of the lab: what the process prints goes into `logs` below it.
    folder: Path
    #: Whom it runs as: PostgreSQL refuses to be root.
    user: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    #: Where it works; the folder of the lab unless told.
    cwd: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def launch(self, **changes: str) -> None:
        """Start it, with these changes of its environment, and do not wait."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env={**self.env, **changes}, cwd=self.cwd or self.folder, start_new_session=True, user=self.user,
                group=self.user, extra_groups=None if self.user is None else [],
            )  # fmt: skip

    def wait(self) -> None:
        """Wait until it is ready. Errors: Trouble with the last lines that it printed."""
        assert self._process is not None, f"{self.name} was never launched"
        deadline = time.monotonic() + _START_LIMIT_S
        while not self.ready():
            if self.has_ended():
                raise Trouble(f"{self.name} did not start; its last lines:\n{self._last_lines()}")
            if time.monotonic() > deadline:
                raise Trouble(f"{self.name} is not ready after {_START_LIMIT_S:.0f} s:\n{self._last_lines()}")
            time.sleep(_PAUSE_S)

    def start(self) -> None:
        """Start it and wait until it is ready. Errors: Trouble with the last lines that it printed."""
        self.launch()
        self.wait()

    def stop(self) -> None:
        """Stop it and its children; who does not go is killed. May be called twice."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self.stop_signal)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_LIMIT_S)
        # The group outlives its leader as long as a child does.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def has_ended(self) -> bool:
        """Say whether it has gone, by itself or because it was stopped."""
        return self._process is None or self._process.poll() is not None

    @property
    def log(self) -> Path:
        """Return the file that holds what it prints."""
        return self.folder / "logs" / f"{self.name}.log"

    def family(self) -> list[int]:
        """Return the numbers of the process and of all that descend from it."""
        assert self._process is not None, f"{self.name} is not running"
        leader = psutil.Process(self._process.pid)
        return [leader.pid, *(child.pid for child in leader.children(recursive=True))]

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the whole family."""
        for pid in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]) or "(it printed nothing)"
