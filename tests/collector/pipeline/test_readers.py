"""Five processes read while rows move from the hot file into sealed ones: each sees every row once, and never fewer."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from sweeps import IS_THOROUGH

from .conftest import Running
from .test_durability import Load, _expected, _names
from .test_sealed import SOON, _sealed, _wait

#: Asks the collector for rows and distinct rows until told to stop; prints what it saw.
_ASKS = """
import json, sys, threading
from culpa.store import open_store
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
seen = []
store = open_store(sys.argv[1])
while not over.wait(0.3):
    seen += store.query("select count(*) as n, count(distinct span_name) as d from spans").to_pylist()
print(json.dumps(seen))
"""
#: Reads the sealed files by itself, as a heavy reader does.
_READS = """
import duckdb, json, pathlib, sys, threading
over = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
seen = []
while not over.wait(0.3):
    n = d = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("sealed-*.duckdb")):
        with duckdb.connect(str(path), read_only=True) as file:
            rows, names = file.execute("select count(*), count(distinct span_name) from data.spans").fetchone()
            n, d = n + rows, d + names
    seen.append({"n": n, "d": d})
print(json.dumps(seen))
"""


@pytest.mark.skipif(not IS_THOROUGH, reason="five readers beside a load are part of `make torture`")
def test_five_processes_read_while_rows_are_sealed(collect: Callable[..., Running]) -> None:
    running = collect(*SOON, "--query-timeout-s", "60", "--query-wait-s", "60")
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", program, place], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for program, place in [(_ASKS, running.url)] * 3 + [(_READS, str(running.store))] * 2
    ]
    load = Load(running, threads=2)
    try:
        _wait(lambda: len(_sealed(running.store)) >= 2, running)
    finally:
        load.join()
        told = [reader.communicate(timeout=120)[0] for reader in readers]
    for reader, out in zip(readers, told, strict=True):
        seen = json.loads(out)
        assert 0 == reader.returncode
        assert seen
        assert [one["n"] for one in seen] == [one["d"] for one in seen]
        assert [one["n"] for one in seen] == sorted(one["n"] for one in seen)
    assert 0 == running.stop()
    assert _expected(load.acknowledged) == _names(running.store)
