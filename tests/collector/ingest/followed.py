"""A log that is followed: the file, a real store, and the tailer between them."""

import time
from concurrent.futures import Future
from pathlib import Path

from culpa.collector.tail import Tailer, read_positions
from culpa.collector.writer import Writer
from culpa.store import DuckDBStore

POLL_S = 0.02


class Followed:
    """A log, a store and the tailer between them, which may be stopped and started."""

    def __init__(self, folder: Path, entry: str = "nginx_access") -> None:
        self.log = folder / "access.log"
        self.entry = f"{entry}={self.log}"
        self.store = DuckDBStore(folder / "store.duckdb", writable=True)
        self.writer = Writer(self.store, linger_s=0.005)
        self.tailer: Tailer | None = None
        self.submitted: list[dict[str, int]] = []

    def start(self) -> None:
        """Go on where the store says."""
        self.tailer = Tailer([self.entry], self.submit, positions=read_positions(self.store), poll_s=POLL_S)
        self.tailer.start()

    def submit(self, tables, suspects) -> Future[None]:
        """Hand rows to the writer and note how many."""
        self.submitted.append({relation: table.num_rows for relation, table in tables.items()})
        return self.writer.submit(tables, suspects)

    def stop(self) -> None:
        """Stop the tailer, not the writer."""
        if self.tailer:
            self.tailer.stop()

    def paths(self, relation: str = "access", column: str = "url_path") -> list[str]:
        """Return a column of what is stored, in the order of its coming."""
        found = self.store.query(f'select {column} as found from segment.data."{relation}" order by rowid')
        return [row["found"] for row in found.to_pylist()]

    def wait_for(self, count: int, relation: str = "access", column: str = "url_path") -> list[str]:
        """Wait for so many rows and return them, with those too many."""
        deadline = time.monotonic() + 10
        while len(self.paths(relation, column)) < count and time.monotonic() < deadline:
            time.sleep(POLL_S)
        # Whatever comes too often comes within the next polls.
        time.sleep(4 * POLL_S)
        return self.paths(relation, column)

    def write(self, *names: str, end: str = "\n") -> None:
        """Append a line for each name."""
        with self.log.open("a") as file:
            file.write("\n".join(map(line, names)) + end)


def line(name: str) -> str:
    return f'{{"ts":"1795334722.820","connection":1,"request_uri":"/{name}","status":500}}'
