"""Processes of the demo start, are watched, and go."""

import os
import signal
import sys
from pathlib import Path

import pytest

from culpa.demo.crew import Crew
from culpa.demo.interrupts import ended_by_signals, held_back
from culpa.demo.trouble import Trouble

STUBBORN = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_process_that_does_not_go_is_killed_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing survives `stop`, not even what ignores SIGTERM."""
    monkeypatch.setattr("culpa.demo.crew.STOP_LIMIT_S", 0.3)
    note = tmp_path / "child"
    crew = Crew(tmp_path)
    crew.start(
        "stubborn",
        [sys.executable, "-c", STUBBORN, str(note)],
        ready=lambda: note.exists() and note.read_text() != "",
    )
    child = int(note.read_text())
    assert is_alive(child)
    crew.stop()
    assert not is_alive(child)


def test_a_process_that_does_not_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    """The message says who, how it ended and what it printed."""
    crew = Crew(tmp_path)
    with pytest.raises(Trouble, match=r"(?s)bakery did not start \(exit status 3\).*out of flour"):
        crew.start(
            "bakery",
            [sys.executable, "-c", "import sys; print('out of flour'); sys.exit(3)"],
            ready=lambda: False,
        )
    crew.stop()


def test_a_process_that_stops_by_itself_is_noticed(tmp_path: Path) -> None:
    """The demo does not go on without one of its tiers."""
    go = tmp_path / "go"
    script = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.01)"
    crew = Crew(tmp_path)
    member = crew.start("short", [sys.executable, "-c", script, str(go)], ready=lambda: True)
    crew.check()
    go.touch()
    os.waitid(os.P_PID, member.process.pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(Trouble, match="short stopped by itself"):
        crew.check()
    crew.stop()


def test_an_interrupt_waits_until_the_process_is_remembered() -> None:
    """A signal inside the held block is raised after it, so nothing is started and forgotten."""
    done = []
    with pytest.raises(KeyboardInterrupt), ended_by_signals(), held_back():
        os.kill(os.getpid(), signal.SIGTERM)
        done.append("the block")
    assert ["the block"] == done
