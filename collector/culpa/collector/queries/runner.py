"""The child: answer questions over one snapshot, one after the other, or say why there is no answer."""

import json
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from typing import IO, Any

import duckdb
import pyarrow as pa

from culpa.collector.queries.frames import SIZE, DataFrames, end_frame, error_frame
from culpa.collector.queries.limits import Limits, enforce, held_bytes, time_for_one
from culpa.store import ENGINE, PICTURE, WRITERS, QueryFailed, Reading, Snapshot, StoreError, reading, shut_in

_BUFFER_BYTES = 1024**2


def run(connection: socket.socket, snapshot: Snapshot, limits: Limits) -> None:
    """Answer what comes on `connection`, until it ends or a question fails.

    Shape: of each question the size, then JSON of `query`, `parameters`, `is_checked`, `form`, `is_last`, `is_whole`,
    and `snapshot`, a later picture of the store, where there is one.
    """
    enforce(limits)
    pipe: IO[bytes] = connection.makefile("rwb", buffering=_BUFFER_BYTES)  # type: ignore[assignment]  # a buffered pair
    try:
        with ExitStack() as stack:
            picture = _Picture(snapshot, limits, stack)
            is_going_on = True
            while is_going_on and (size := pipe.read(SIZE.size)):
                question = json.loads(pipe.read(SIZE.unpack(size)[0]))
                with time_for_one(limits):
                    is_going_on = _is_answered(pipe, lambda asked=question: picture.answer(pipe, asked))  # type: ignore[misc]  # the default is the question
                    pipe.flush()
    except (OSError, ValueError, struct.error):
        # Nobody listens any more.
        return


def _is_answered(pipe: IO[bytes], answer: Callable[[], None]) -> bool:
    try:
        answer()
        pipe.write(end_frame(held_bytes()))
    except StoreError as error:
        pipe.write(error_frame(error))
    except (MemoryError, pa.ArrowMemoryError):
        pipe.write(error_frame(QueryFailed("the query needs more memory than query_memory_bytes allows; narrow it")))
    except (ValueError, TypeError, RecursionError, RuntimeError, pa.ArrowException) as error:
        # What the bindings do not take is told in words; a process that ends without any seems short of memory.
        pipe.write(error_frame(QueryFailed(f"the query failed: {type(error).__name__}: {error!a}")))
    else:
        return True
    return False


class _Picture:
    """The snapshot, which is attached for the first question and stays so for the others."""

    def __init__(self, snapshot: Snapshot, limits: Limits, stack: ExitStack) -> None:
        self._snapshot = snapshot
        self._limits = limits
        # What is open for a connection ends before another one is made.
        self._stack = stack.enter_context(ExitStack())

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        config: dict[str, Any] = {
            "memory_limit": f"{self._limits.memory_bytes}B",
            "threads": self._limits.threads,
            "temp_directory": "",
            "preserve_insertion_order": False,
            **ENGINE,
        }
        return self._stack.enter_context(duckdb.connect(":memory:", config=config))

    @cached_property
    def _reading(self) -> Reading:
        attached = Reading(self._connection, self._snapshot)
        shut_in(self._connection, paths=PICTURE)
        return attached

    def _renew(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        if not self._reading.renew(self._connection, snapshot):
            self._stack.close()
            del self._reading, self._connection

    def answer(self, pipe: IO[bytes], question: Mapping[str, Any]) -> None:
        """Send the answer to one question. Errors: StoreError."""
        if question["snapshot"]:
            self._renew(Snapshot(**question["snapshot"]))
        attached = self._reading
        sql, parameters, is_checked = question["query"], question["parameters"], question["is_checked"]
        try:
            with reading(
                lambda: attached.cursor(self._connection),
                sql,
                parameters,
                timeout_s=self._limits.timeout_s,
                is_checked=is_checked,
                is_whole=question["is_whole"],
            ) as reader:
                _send(reader, self._limits.max_rows, DataFrames(pipe), question["form"])
        except (QueryFailed, duckdb.Error) as error:
            # What the engine says of a file that changes under it is not the query's fault.
            attached.check("" if question["is_last"] else str(error))
            raise
        attached.check()


def _send(reader: pa.RecordBatchReader, max_rows: int, frames: DataFrames, form: str) -> None:
    rows = 0
    writer = WRITERS[form](frames, reader.schema)
    for batch in reader:
        rows += batch.num_rows
        if rows > max_rows:
            raise QueryFailed(f"the answer has more than {max_rows} rows (query_max_rows); add a limit")
        writer.write(batch)
    writer.close()
