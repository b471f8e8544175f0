"""A store as `kill -9` leaves it: rows in the file, rows in the write-ahead log, and the mark beside them."""

import os
import signal
import subprocess
import sys
from hashlib import sha1
from pathlib import Path

_WRITER = """
import os, signal, sys
from hashlib import sha1
import pyarrow as pa
from culpa.store import DuckDBStore, arrow_schema
place, before, after, per_commit = sys.argv[1], *map(int, sys.argv[2:])
row = {"time": 1, "service_name": "shop", "kind": "deploy", "attr_keys": [], "attr_vals": []}
number = 0
def commit(store):
    global number
    names = [f"{before}/{number + one}" for one in range(per_commit)]
    rows = [row | {"description": f"{name} {sha1(name.encode()).hexdigest()}"} for name in names]
    store.write({"changes": pa.Table.from_pylist(rows, schema=arrow_schema("changes"))})
    number += per_commit
    print(number, flush=True)
store = DuckDBStore(place, writable=True)
for _ in range(before):
    commit(store)
store.checkpoint()
for _ in range(after):
    commit(store)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_store(place: Path, *, in_file: int = 10, in_log: int = 10, per_commit: int = 100) -> int:
    """Write commits before and after a checkpoint, then die; return how many rows were acknowledged."""
    command = [sys.executable, "-c", _WRITER, str(place), str(in_file), str(in_log), str(per_commit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert -signal.SIGKILL == done.returncode, done.stderr
    return int(done.stdout.split()[-1])


def is_written(description: str) -> bool:
    """Say whether that is what the writer wrote, to the last bit."""
    name, _, digest = description.partition(" ")
    return digest == sha1(name.encode()).hexdigest()


def flip(path: Path, at: int, bit: int = 1) -> None:
    """Turn one bit of a file over."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bit]))


def contents(folder: Path) -> dict[str, bytes]:
    """Return what every file of a folder holds."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
