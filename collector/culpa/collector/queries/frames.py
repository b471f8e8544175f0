"""What a child sends about a query: frames of data, then one that says how it ended.

A frame is a letter, the size of what follows (4 bytes, big-endian), and that. `END` tells how much memory the child
holds (8 bytes, big-endian; 0 where nobody knows). After it comes the answer of the next query, if there is one, after
`ERROR` nothing: an end without either is the death of the child.
"""

import io
import json
import struct
from typing import TYPE_CHECKING, Protocol

from culpa.store import QueryFailed, QueryRefused, StoreError, StoreRewritten, StoreUnavailable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

HEAD = struct.Struct("!cI")
#: Before each question: its size.
SIZE = struct.Struct("!I")
DATA, END, ERROR = b"d", b"e", b"x"
#: The engine repeats the value that it stumbled over, and that is as long as a query makes it.
_MAX_MESSAGE_CHARACTERS = 4_000
#: A child may write half a gigabyte at once; whoever reads it should not have to hold that.
_MAX_DATA_BYTES = 256 * 1024

_MEMORY = struct.Struct("!Q")

_ERRORS: dict[str, type[StoreError]] = {
    "refused": QueryRefused,
    "failed": QueryFailed,
    "rewritten": StoreRewritten,
    "unavailable": StoreUnavailable,
}


class _Pipe(Protocol):
    def write(self, data: "ReadableBuffer", /) -> int: ...

    def flush(self) -> None: ...


def error_frame(error: StoreError) -> bytes:
    """Return the frame that tells of an error."""
    kind = next((name for name, one in _ERRORS.items() if isinstance(error, one)), "failed")
    message = str(error)
    if len(message) > _MAX_MESSAGE_CHARACTERS:
        message = f"{message[:_MAX_MESSAGE_CHARACTERS]} … ({len(message)} characters)"
    answer = json.dumps({"kind": kind, "message": message}).encode()
    return HEAD.pack(ERROR, len(answer)) + answer


def end_frame(held_bytes: int) -> bytes:
    """Return the frame that tells of a good end."""
    return HEAD.pack(END, _MEMORY.size) + _MEMORY.pack(held_bytes)


def held_of(answer: bytes) -> int:
    """Return how many bytes the child holds that sent this end."""
    return int(_MEMORY.unpack(answer)[0])


def error_of(answer: bytes) -> StoreError:
    """Return the error that a frame tells of."""
    fields = json.loads(answer)
    return _ERRORS[fields["kind"]](fields["message"])


class DataFrames(io.RawIOBase):
    """A file for Arrow to write to; what is written leaves as frames of bounded size."""

    def __init__(self, pipe: _Pipe) -> None:
        """Write to `pipe`."""
        super().__init__()
        self._pipe = pipe

    def writable(self) -> bool:
        """Return True: it is one end of a pipe."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Send some bytes; return how many."""
        whole = memoryview(data).cast("B")
        for start in range(0, whole.nbytes, _MAX_DATA_BYTES):
            part = whole[start : start + _MAX_DATA_BYTES]
            self._pipe.write(HEAD.pack(DATA, part.nbytes))
            self._pipe.write(part)
        return whole.nbytes

    def flush(self) -> None:
        """Send what is held back."""
        self._pipe.flush()
