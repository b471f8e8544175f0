"""The child: run one query over a snapshot and send the answer, or why there is none."""

import json
import socket
import struct
from collections.abc import Mapping
from typing import IO, Any

import duckdb
import pyarrow as pa

from culpa.collector.queries.frames import END, HEAD, DataFrames, error_frame
from culpa.collector.queries.limits import Limits, enforce
from culpa.store import ENGINE, WRITERS, QueryFailed, Reading, Snapshot, StoreError, reading, shut_in

#: Before the question: its size.
SIZE = struct.Struct("!I")
_BUFFER_BYTES = 1024**2


def run(connection: socket.socket, snapshot: Snapshot, limits: Limits) -> None:
    """Answer the question that comes on `connection`: its size, then JSON, as `Answer` writes it."""
    enforce(limits)
    pipe: IO[bytes] = connection.makefile("rwb", buffering=_BUFFER_BYTES)  # type: ignore[assignment]  # a buffered pair
    try:
        question = json.loads(pipe.read(SIZE.unpack(pipe.read(SIZE.size))[0]))
        _end(pipe, lambda: _answer(pipe, question, snapshot, limits))
        pipe.flush()
    except (OSError, ValueError, struct.error):
        # Nobody listens any more.
        return


def _end(pipe: IO[bytes], answer: Any) -> None:
    try:
        answer()
        pipe.write(HEAD.pack(END, 0))
    except StoreError as error:
        pipe.write(error_frame(error))
    except (MemoryError, pa.ArrowMemoryError):
        pipe.write(error_frame(QueryFailed("the query needs more memory than query_memory_bytes allows; narrow it")))
    except (ValueError, TypeError, RecursionError, RuntimeError, pa.ArrowException) as error:
        # What the bindings do not take is told in words; a process that ends without any seems short of memory.
        pipe.write(error_frame(QueryFailed(f"the query failed: {type(error).__name__}: {error!a}")))


def _answer(pipe: IO[bytes], question: Mapping[str, Any], snapshot: Snapshot, limits: Limits) -> None:
    config: dict[str, Any] = {
        "memory_limit": f"{limits.memory_bytes}B",
        "threads": limits.threads,
        "temp_directory": "",
        "preserve_insertion_order": False,
        **ENGINE,
    }
    with duckdb.connect(":memory:", config=config) as connection:
        picture = Reading(connection, snapshot)
        shut_in(connection)
        # The connection itself: what names mean without a schema is its own.
        sql, parameters, is_checked = question["query"], question["parameters"], question["is_checked"]
        with reading(lambda: connection, sql, parameters, timeout_s=limits.timeout_s, is_checked=is_checked) as reader:
            _send(reader, limits.max_rows, DataFrames(pipe), question["form"])
    picture.check()


def _send(reader: pa.RecordBatchReader, max_rows: int, frames: DataFrames, form: str) -> None:
    rows = 0
    writer = WRITERS[form](frames, reader.schema)
    for batch in reader:
        rows += batch.num_rows
        if rows > max_rows:
            raise QueryFailed(f"the answer has more than {max_rows} rows (query_max_rows); add a limit")
        writer.write(batch)
    writer.close()
