"""What tracing costs a suite of tests: the same tests plain, under `culpa run`, and with `pytest --culpa`, in turns.

    python benchmarks/pytest_suite.py [ROUNDS]

Each test is one request to a FastAPI app with its test client. Printed is the median of the rounds and its ratio to plain; no
collector runs for `culpa run`, as in a pipeline that has none.
"""

import statistics
import subprocess
import sys
import tempfile
import time
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
    took: dict[str, list[float]] = {name: [] for name in WAYS}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_suite.py").write_text(SUITE)
        for _ in range(rounds):
            for name, command in WAYS.items():
                began = time.perf_counter()
                subprocess.run(command, cwd=folder, check=True, capture_output=True)
                took[name].append(time.perf_counter() - began)
    plain = statistics.median(took["plain"])
    for name, seconds in took.items():
        median = statistics.median(seconds)
        print(
            f"{name:10} {median:6.2f} s  {median / plain:5.2f} x plain  (+{(median - plain) / TESTS * 1e3:.2f} ms a test)"
        )


if __name__ == "__main__":
    main()
