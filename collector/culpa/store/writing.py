"""Write an answer while it comes, as Arrow, JSON or CSV: never more of it is held as text than a few rows."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, Final, Protocol

import pyarrow as pa

from culpa.store.values import json_rows, unique

#: So many rows become Python values and text at a time.
_PIECE_ROWS: Final = 512
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class Out(Protocol):
    """Takes bytes, as a file does."""

    def write(self, data: bytes, /) -> int | None:
        """Take some bytes."""
        ...


class AnswerWriter(Protocol):
    """Writes the batches of one answer; without `close` it has no end, and no reader takes it for whole."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the next rows."""
        ...

    def close(self) -> None:
        """Write the end."""
        ...


class _Arrow:
    """An Arrow IPC stream."""

    def __init__(self, out: Any, schema: pa.Schema) -> None:
        # Not a `with`: left by an error it would write the stream's end.
        self._writer: Any = pa.ipc.new_stream(pa.PythonFile(out, mode="w"), schema)

    def write(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(batch)

    def close(self) -> None:
        self._writer.close()


class _Json:
    """An array of objects, one a line."""

    def __init__(self, out: Out, schema: pa.Schema) -> None:
        self._out = out
        self._lead = "["

    def write(self, batch: pa.RecordBatch) -> None:
        for rows in _pieces(batch):
            self._out.write(_utf8(self._lead + "\n" + ",\n".join(map(_ENCODER.encode, rows))))
            self._lead = ","

    def close(self) -> None:
        self._out.write(b"[]\n" if self._lead == "[" else b"\n]\n")


class _Csv:
    """RFC 4180 with a header; nested values are JSON, null is empty."""

    def __init__(self, out: Out, schema: pa.Schema) -> None:
        self._out = out
        out.write(_utf8(csv_lines([unique(schema.names)])))

    def write(self, batch: pa.RecordBatch) -> None:
        for rows in _pieces(batch):
            self._out.write(_utf8(csv_lines(row.values() for row in rows)))

    def close(self) -> None:
        """Its end is the end of the connection."""


#: By the name of the form.
WRITERS: Final[Mapping[str, Callable[[Any, pa.Schema], AnswerWriter]]] = {"arrow": _Arrow, "json": _Json, "csv": _Csv}


def csv_lines(rows: Iterable[Iterable[Any]], told: Callable[[str], str] = str) -> str:
    """Return lines of CSV of values that JSON knows, each as `told` says its text."""
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([told(_field(value)) for value in row] for row in rows)
    return out.getvalue()


def _field(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return _ENCODER.encode(value)
    return str(value)


def _pieces(batch: pa.RecordBatch) -> Iterator[list[dict[str, Any]]]:
    for at in range(0, batch.num_rows, _PIECE_ROWS):
        yield json_rows(pa.Table.from_batches([batch.slice(at, _PIECE_ROWS)]), is_interchanged=True)


def _utf8(text: str) -> bytes:
    return text.encode()
