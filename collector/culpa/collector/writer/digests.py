"""Remember which request bodies are stored, so that an exact retry is acknowledged without a second copy."""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future

import duckdb
import pyarrow as pa

from culpa.collector.writer.receipt import Receipt
from culpa.store import arrow_schema

#: A sender retries for minutes, not hours.
KEEP_S = 3600
#: About 150 bytes each in memory.
KEEP_COUNT = 200_000


def digest_of(signal: str, body: bytes) -> str:
    """Return what tells this body from any other: 32 hex.

    SHA-256, because processors have instructions for it: 0.65 ns a byte, where BLAKE2b takes 1.26.
    """
    return hashlib.sha256(signal.encode() + b"\0" + body).hexdigest()[:32]


class Digests:
    """Digests of stored bodies, and the answers that bodies on their way wait for. Any thread may ask."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Learn the digests that the store holds."""
        self._lock = threading.Lock()
        self._waiting: dict[str, Future[Receipt]] = {}
        rows = cursor.execute(
            "select digest, epoch_ns(received_at) // 1000000000 as received_s "
            "from segment.data.received_bodies "
            "order by received_at desc limit $count",
            {"count": KEEP_COUNT},
        ).fetchall()
        self._stored: OrderedDict[str, float] = OrderedDict((digest, float(at)) for digest, at in reversed(rows))

    def claim(self, digest: str, answer: Future[Receipt]) -> Future[Receipt] | None:
        """Return the answer to wait for when this body is on its way already, else let `answer` stand for it.

        Errors: KeyError when the body is stored: nothing is left to do.
        """
        with self._lock:
            if digest in self._stored:
                raise KeyError(digest)
            if (found := self._waiting.get(digest)) is not None:
                return found
            self._waiting[digest] = answer
            return None

    def settle(self, digest: str, *, is_stored: bool) -> None:
        """Say that a claimed body is stored now, or that it never will be."""
        with self._lock:
            self._waiting.pop(digest, None)
            if is_stored:
                self._stored[digest] = time.time()
                while len(self._stored) > KEEP_COUNT:
                    self._stored.popitem(last=False)

    def purge(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Forget old digests, here and (inside the caller's transaction) in the store."""
        with self._lock:
            limit = time.time() - KEEP_S
            while self._stored and next(iter(self._stored.values())) < limit:
                self._stored.popitem(last=False)
            if len(self._stored) == KEEP_COUNT:
                limit = max(limit, next(iter(self._stored.values())) - 1)
        cursor.execute(
            "delete from segment.data.received_bodies where received_at < make_timestamp_ns($limit)",
            {"limit": int(limit * 1e9)},
        )


def digest_rows(digests: Sequence[str]) -> pa.Table:
    """Return the rows of `received_bodies` for bodies that are stored now."""
    schema = arrow_schema("received_bodies")
    return pa.table({"digest": list(digests), "received_at": [time.time_ns()] * len(digests)}, schema=schema)
