"""What tracing costs a suite of tests: the same tests plain, under `culpa run`, and with `pytest --culpa`, in turns.

    python benchmarks/pytest_suite.py [ROUNDS]

Each test is one request to a FastAPI app with its test client, which does next to nothing: a suite whose tests do more pays a
smaller share. Printed is CPU with its ratio to plain, of the whole, and of one test without the start; no collector runs for
`culpa run`, as in a pipeline that has none. Of `--culpa` the collector's CPU is in it.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

TESTS = 500
SUITE = f"""
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
client = TestClient(app)

@app.get("/orders/{{number}}")
def order(number: int):
    return {{"number": number, "lines": list(range(20))}}

@pytest.mark.parametrize("number", range({TESTS}))
def test_order(number):
    assert 200 == client.get(f"/orders/{{number}}").status_code
"""
BIN = Path(sys.executable).parent
PLAIN = [str(BIN / "pytest"), "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
WAYS = {"plain": PLAIN, "culpa run": [str(BIN / "culpa"), "run", "--", *PLAIN], "--culpa": [*PLAIN, "--culpa"]}


def main() -> None:
    """Run every way in each round, so that what else the machine does meets all alike."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    used: dict[tuple[str, int], list[float]] = {(name, tests): [] for name in WAYS for tests in (1, TESTS)}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_suite.py").write_text(SUITE)
        for _ in range(rounds):
            for (name, tests), seconds in used.items():
                seconds.append(_cpu_s([*WAYS[name], *(["-k", "[0]"] if tests == 1 else [])], folder))
    found = {key: statistics.median(seconds) for key, seconds in used.items()}
    plain_start, plain_test = _parts(found, "plain")
    print(f"CPU of a suite of {TESTS} tests, medians of {rounds} rounds")
    for name in WAYS:
        start, test = _parts(found, name)
        print(
            f"{name:10} {found[name, TESTS]:6.2f} s  {found[name, TESTS] / found['plain', TESTS]:5.2f} x plain   "
            f"start +{start - plain_start:.2f} s   a test {test * 1e3:.2f} ms, {test / plain_test:.2f} x plain"
        )


def _parts(found: Mapping[tuple[str, int], float], name: str) -> tuple[float, float]:
    """Return what starting costs, and what each test does: CPU seconds."""
    return found[name, 1], (found[name, TESTS] - found[name, 1]) / (TESTS - 1)


def _cpu_s(command: Sequence[str], folder: str) -> float:
    """Run a command; return the CPU seconds of it and of the processes that it waited for."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, cwd=folder, env=environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
