"""Find the files that a user means, and read each as plain bytes whatever it is compressed with."""

import bz2
import codecs
import lzma
import os
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, cast

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
#: Skippable zstd frames (seekable archives begin with one) have 16 magic numbers.
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\x00"
#: As many first bytes tell how a file is compressed.
_MAGIC_BYTES = 6
#: More than the densest xz asks for (`xz -9` needs 65 MiB).
_MAX_XZ_BYTES = 128 * 1024 * 1024

_CHUNK_BYTES = 1_048_576


class Unopenable(Exception):
    """A path cannot be read; the text says why."""


class Damaged(Exception):
    """Compressed data is wrong or ends early; what came before it was read."""


class Readable(Protocol):
    """A stream of bytes that is read once."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, b'' at the end."""
        ...


def files_under(paths: Iterable[Path], skipped: Collection[Path] = ()) -> Iterator[Path]:
    """Yield files: those named, and those in named folders, sorted, without hidden ones and `skipped`.

    Each file comes once, however often it is named. Links to folders inside folders are not followed.
    Those to skip are told under any name: to read and close a file that the engine has open gives up its lock.
    """
    seen = {path.resolve() for path in skipped}
    kept = {_identity(path) for path in skipped}
    for path in paths:
        for found in _walk(path) if path.is_dir() else [path]:
            place = found.resolve()
            if place not in seen and (_identity(place) or place) not in kept:
                seen.add(place)
                yield found


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(names) if not name.startswith("."))


def plain_chunks(path: Path) -> Iterator[bytes]:
    """Yield a file's bytes in pieces, decompressing by what it holds, not by its name: gzip, zstd, bzip2 and xz.

    Errors: Unopenable before the first piece; Damaged after the last one that could be read.
    """
    try:
        if not path.is_file():
            raise Unopenable("neither a file nor a folder" if path.exists() else "there is nothing of that name")
        with path.open("rb") as raw:
            head = raw.read(_MAGIC_BYTES)
            raw.seek(0)
            yield from decompressed(head, raw)
    except OSError as error:
        raise Unopenable(error.strerror or str(error)) from error


def decompressed(head: bytes, raw: Readable) -> Iterator[bytes]:
    """Yield the plain bytes of a stream that begins with `head`. Errors: Damaged."""
    if head.startswith(_GZIP):
        yield from _gunzipped(raw)
    elif head[:4] == _ZSTD or head[1:4] == _ZSTD_SKIPPABLE:
        yield from _unzstd(raw)
    elif head.startswith(_BZIP2) and head[3:4].isdigit():
        yield from _stepwise(raw, bz2.BZ2Decompressor, (OSError,))
    elif head == _XZ:
        yield from _stepwise(raw, lambda: lzma.LZMADecompressor(memlimit=_MAX_XZ_BYTES), (lzma.LZMAError,))
    else:
        while piece := raw.read(_CHUNK_BYTES):
            yield piece


class _Decompressor(Protocol):
    """One member of a compressed stream, which can be told how much to make at a time."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _AtOnce:
    """A member that makes all that a piece stands for, as zlib has set the fashion: it is given small pieces."""

    needs_input = True

    def __init__(self, member: Any) -> None:
        # Any: the libraries of gzip and of zstd have no type in common.
        self._member = member

    @property
    def eof(self) -> bool:
        return bool(self._member.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._member.unused_data)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return bytes(self._member.decompress(data))


def _gunzipped(raw: Readable) -> Iterator[bytes]:
    from isal import igzip_lib, isal_zlib

    # The library's stubs call its error an instance, and leave a parameter without a type.
    broken = (zlib.error, cast("type[Exception]", igzip_lib.IsalError))
    new: Any = isal_zlib.decompressobj  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]  # as above
    return _members(raw, lambda: _AtOnce(new(31)), broken, size=65_536)


def _unzstd(raw: Readable) -> Iterator[bytes]:
    import zstandard

    frames = zstandard.ZstdDecompressor()
    # Small pieces: each byte may stand for 32 KiB.
    return _members(raw, lambda: _AtOnce(frames.decompressobj()), (zstandard.ZstdError,), size=4_096)


def _stepwise(raw: Readable, new: Callable[[], _Decompressor], broken: tuple[type[Exception], ...]) -> Iterator[bytes]:
    # Between two streams of xz there may be zeros.
    return _members(raw, new, broken, size=65_536, padding=b"\0")


def _members(
    raw: Readable,
    new: Callable[[], _Decompressor],
    broken: tuple[type[Exception], ...],
    *,
    size: int,
    padding: bytes = b"",
) -> Iterator[bytes]:
    """Yield all there is, also of a stream that ends early, which a file object would withhold.

    `padding` is what may stand between two members.
    """
    current: _Decompressor | None = None
    while piece := raw.read(size):
        while piece or (current and not current.needs_input):
            piece = piece if current else piece.lstrip(padding)
            if not piece and not current:
                break
            current = current or new()
            try:
                plain = current.decompress(piece, _CHUNK_BYTES)
            except broken as error:
                raise Damaged(str(error)) from error
            if plain:
                yield plain
            piece = current.unused_data if current.eof else b""
            if current.eof:
                current = None
    if current:
        raise Damaged("the compressed data ends early")


def as_utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield a file in UTF-16, as PowerShell's redirection writes it, in UTF-8; any other as it is."""
    first = next(chunks, b"")
    if not first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield first
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    for chunk in chain([first], chunks):
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
