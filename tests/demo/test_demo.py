"""The whole demo, as a newcomer runs it: real tiers, real faults, real verdicts."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

DEMO = [sys.executable, "-m", "culpa.instrumentation.cli", "demo"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder for all that the demo leaves; other users may pass through it, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="culpa-demo-test-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


def environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def processes_in(folder: Path) -> list[str]:
    """Return the command lines of all processes that work inside the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str((entry / "cwd").readlink()).startswith(str(folder)):
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue  # it ended while we looked
    return found


def start(folder: Path, *options: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*DEMO, *options],
        env=environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(demo: "subprocess.Popen[str]", words: str) -> None:
    assert demo.stderr is not None
    said = []
    for line in demo.stderr:
        said.append(line)
        if words in line:
            return
    pytest.fail(f"the demo ended before it said {words!r}: {said}")


def test_the_demo_explains_every_failure_and_leaves_nothing_behind(folder: Path) -> None:
    """At least ten causes over five layers are named rightly in under two minutes; then all is stopped."""
    result, began = folder / "result.json", time.monotonic()
    done = subprocess.run(
        [*DEMO, "--json", str(result), "--store", str(folder / "store")],
        env=environment(folder), capture_output=True, text=True,
    )  # fmt: skip
    took_s = time.monotonic() - began
    requests = json.loads(result.read_text())["requests"] if result.exists() else []
    wrong = [(one["truth"], one["verdict"] and one["verdict"]["cause"]) for one in requests if not one["is_right"]]
    assert (0, []) == (done.returncode, wrong), done.stderr[-3000:]
    explained = {one["truth"]["cause"] for one in requests} - {""}
    assert len(explained) >= 10
    assert len({cause.partition(".")[0] for cause in explained}) >= 5
    assert all(cause in done.stdout for cause in explained)
    assert took_s < 120
    assert [] == processes_in(folder)
    assert ["result.json", "store"] == sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize(
    ("number", "moment"),
    [(signal.SIGINT, "sending: faults of the database"), (signal.SIGTERM, "PostgreSQL listens")],
)
def test_the_demo_stops_everything_when_it_is_interrupted(folder: Path, number: signal.Signals, moment: str) -> None:
    """Ctrl-C and SIGTERM leave no process and no file but the store, whenever they come."""
    with start(folder, "--store", str(folder / "store")) as demo:
        wait_for(demo, moment)
        assert processes_in(folder)
        demo.send_signal(number)
        assert demo.stderr is not None
        demo.stderr.read()
        assert 130 == demo.wait(60)
    assert [] == processes_in(folder)
    assert [] == [entry.name for entry in folder.iterdir() if entry.name != "store"]


def test_a_tier_that_does_not_start_is_named_and_the_rest_is_stopped(folder: Path) -> None:
    """A store that cannot be written is one clear message and exit status 2."""
    (folder / "occupied").write_text("this is a file")
    done = subprocess.run(
        [*DEMO, "--store", str(folder / "occupied" / "store")],
        env=environment(folder),
        capture_output=True,
        text=True,
    )
    assert 2 == done.returncode
    assert "collector did not start" in done.stderr
    assert str(folder / "occupied") in done.stderr
    assert "Traceback" not in done.stderr
    assert [] == processes_in(folder)
