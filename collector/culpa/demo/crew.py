"""The processes of the demo: started in groups of their own, watched, and stopped to the last child."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from culpa.demo.interrupts import held_back
from culpa.demo.trouble import Trouble

#: How long a process may take until it is ready, on a busy machine (seconds).
START_LIMIT_S = 60.0
#: How long a process may take to stop before it is killed (seconds).
STOP_LIMIT_S = 8.0
_GROUP_LIMIT_S = 1.0
_PAUSE_S = 0.05
_LAST_LINES = 12


@dataclass(frozen=True)
class Member:
    """One process, leader of a process group, and the file that holds what it prints."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals


class Crew:
    """All processes of one demo. Promise: after `stop` none of them, nor their children, is left."""

    def __init__(self, log_dir: Path) -> None:
        """Keep the output of every process in `log_dir`."""
        self._log_dir = log_dir
        self._members: list[Member] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready: Callable[[], bool],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Member:
        """Start a process and wait until it is ready. Errors: Trouble with the last lines that it printed."""
        # Not interrupted in between: a process that nobody remembers would stay behind.
        with held_back():
            member = self._launch(name, command, env, cwd, user, stop_signal)
            self._members.append(member)
        self._await(member, ready)
        return member

    def check(self) -> None:
        """Make sure that all are still running. Errors: Trouble names the one that is not."""
        for member in self._members:
            if member.process.poll() is not None:
                raise _trouble(member, "stopped by itself")

    def stop(self) -> None:
        """Stop all, the last started first; who does not go is killed. May be called twice."""
        while self._members:
            member = self._members[-1]
            _stop(member)
            self._members.pop()

    def _launch(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str] | None,
        cwd: Path | None,
        user: int | None,
        stop_signal: signal.Signals,
    ) -> Member:
        log = self._log_dir / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=None if env is None else dict(env), cwd=cwd, start_new_session=True,
                user=user, group=user, extra_groups=None if user is None else [],
            )  # fmt: skip
        return Member(name, process, log, stop_signal)

    def _await(self, member: Member, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_LIMIT_S
        while not ready():
            if member.process.poll() is not None:
                raise _trouble(member, f"did not start (exit status {member.process.returncode})")
            if time.monotonic() > deadline:
                raise _trouble(member, f"was not ready after {START_LIMIT_S:.0f} s")
            time.sleep(_PAUSE_S)


def _stop(member: Member) -> None:
    process = member.process
    if process.returncode is None:
        os.kill(process.pid, member.stop_signal)
        deadline = time.monotonic() + STOP_LIMIT_S
        while not _has_ended(process.pid) and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
    # The leader is not reaped yet, so its number still means this group and nobody else's.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    _await_end_of_group(process.pid)


def _await_end_of_group(group: int) -> None:
    # Bounded: where nobody reaps orphans, as in some containers, their zombies stay members for ever.
    deadline = time.monotonic() + _GROUP_LIMIT_S
    with suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(_PAUSE_S)


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _trouble(member: Member, what: str) -> Trouble:
    lines = member.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
    said = "\n  ".join(lines) or "(it printed nothing)"
    return Trouble(f"{member.name} {what}; its last lines:\n  {said}")
