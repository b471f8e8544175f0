"""Find the logs in an archive: tar, compressed as a whole or not, and zip; in it each may be compressed itself.

Nothing is written to the disk, and no more than a piece of a member is in memory at a time.
"""

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from culpa.collector.recorded.files import Damaged, Readable, as_utf8, decompressed, plain_chunks

#: More logs than anybody puts into one archive; a hostile one may hold millions of names.
MAX_MEMBERS = 10_000
#: A name longer than this is none.
_MAX_NAME_BYTES = 65_536
#: An archive in an archive in an archive.
_MAX_DEPTH = 3

_BLOCK = 512
_MAGIC = slice(257, 262)
_CHUNK_BYTES = 1_048_576
_ZIP = b"PK\x03\x04"
_REGULAR, _LONG_NAME, _PAX = (b"0", b"\0", b"7"), b"L", b"x"


class Member(NamedTuple):
    """One file; `name` is '' for a path that is no archive. Its chunks are read before the next member is asked for."""

    name: str
    chunks: Iterator[bytes]


class _Pieces:
    """Makes a stream of pieces one that is read by size."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._kept = b""
        self._trouble: Damaged | None = None

    def peek(self, size: int) -> bytes:
        """Return so many bytes without taking them; fewer at the end, or where damage begins."""
        try:
            while len(self._kept) < size and (piece := next(self._pieces, None)) is not None:
                self._kept += piece
        except Damaged as error:
            self._trouble = error  # told to whoever reads up to here
        return self._kept[:size]

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, b'' at the end. Errors: Damaged."""
        if not self._kept and self._trouble:
            raise self._trouble
        if not self._kept:
            self._kept = next((piece for piece in self._pieces if piece), b"")
        found, self._kept = self._kept[:size], self._kept[size:]
        return found

    def exactly(self, size: int) -> bytes:
        """Return so many bytes. Errors: Damaged if there are fewer."""
        found = self.peek(size)
        if len(found) < size:
            raise self._trouble or Damaged("the archive ends early")
        self._kept = self._kept[size:]
        return found


def members_of(path: Path) -> Iterator[Member]:
    """Yield the files in an archive, or the file itself.

    Errors, here and from chunks: Unopenable; Damaged, after all that could be read.
    """
    if _is_zip(path):
        yield from _of_zip(path)
        return
    pieces = _Pieces(plain_chunks(path))
    yield from _opened("", pieces, 0)


def _opened(name: str, pieces: _Pieces, depth: int) -> Iterator[Member]:
    if pieces.peek(_BLOCK)[_MAGIC] != b"ustar":
        yield Member(name, as_utf8(_rest(pieces)))
        return
    if depth >= _MAX_DEPTH:
        raise Damaged(f"archives in archives, more than {_MAX_DEPTH} deep")
    for inside, size in _headers(pieces):
        member = _Pieces(_taken(pieces, size))
        if _is_log(inside):
            plain = _Pieces(decompressed(member.peek(6), member))
            yield from _opened(f"{name}/{inside}" if name else inside, plain, depth + 1)
        for _ in _rest(member):  # what was not read of it
            pass
        pieces.exactly(-size % _BLOCK)


def _headers(pieces: _Pieces) -> Iterator[tuple[str, int]]:
    """Yield name and size of each entry with content; whoever asks takes the content and its padding.

    Source: POSIX.1-2017 pax, ustar interchange format; GNU tar manual, "Basic Tar Format".
    """
    long_name, count = "", 0
    while (head := pieces.peek(_BLOCK)).strip(b"\0"):
        pieces.exactly(_BLOCK)
        count += 1
        if count > MAX_MEMBERS:
            raise Damaged(f"more than {MAX_MEMBERS} members")
        size, kind = _size(head[124:136]), head[156:157]
        if kind in (_LONG_NAME, _PAX):
            if size > _MAX_NAME_BYTES:
                raise Damaged(f"a name of {size} bytes")
            header = pieces.exactly(size + -size % _BLOCK)[:size]
            long_name = _pax_path(header) if kind == _PAX else header.rstrip(b"\0").decode("utf-8", "replace")
            continue
        prefix, own = (head[at].partition(b"\0")[0].decode("utf-8", "replace") for at in (slice(345, 500), slice(100)))
        name = long_name or (f"{prefix}/{own}" if prefix and head[257:263] == b"ustar\0" else own)
        long_name = ""
        # What is no regular file is passed over by a name that is none.
        yield (name if kind in _REGULAR else ""), size


def _size(field: bytes) -> int:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError as error:
        raise Damaged("a member without a size") from error


def _pax_path(header: bytes) -> str:
    found = [line.partition(b" ")[2] for line in header.split(b"\n")]
    return next((each[5:].decode("utf-8", "replace") for each in found if each.startswith(b"path=")), "")


def _taken(pieces: _Pieces, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = pieces.read(min(left, _CHUNK_BYTES))
        if not piece:
            raise Damaged("the archive ends inside a member")
        left -= len(piece)
        yield piece


def _rest(raw: Readable) -> Iterator[bytes]:
    while piece := raw.read(_CHUNK_BYTES):
        yield piece


def _is_log(name: str) -> bool:
    """Say whether an entry is a file that is read, as in folders: none that is hidden."""
    parts = PurePosixPath(name).parts
    return bool(name) and not any(part.startswith(".") and part not in {".", ".."} for part in parts)


def _is_zip(path: Path) -> bool:
    if not path.is_file():
        return False  # to open a pipe would wait for its writer
    try:
        with path.open("rb") as raw:
            return raw.read(len(_ZIP)) == _ZIP
    except OSError:
        return False


def _of_zip(path: Path) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and _is_log(entry.filename)]
            if len(entries) > MAX_MEMBERS:
                raise Damaged(f"more than {MAX_MEMBERS} members")
            for entry in entries:
                member = _Pieces(_unzipped(archive, entry))
                yield from _opened(entry.filename, _Pieces(decompressed(member.peek(6), member)), 1)
    except (zipfile.BadZipFile, OSError) as error:
        raise Damaged(str(error)) from error


def _unzipped(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as raw:
            while piece := raw.read(_CHUNK_BYTES):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as error:
        # A RuntimeError tells of a password.
        raise Damaged(str(error)) from error
