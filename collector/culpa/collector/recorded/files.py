"""Find the files that a user means, and read each as plain bytes whatever it is compressed with."""

import os
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Protocol, cast

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
#: Skippable zstd frames (seekable archives begin with one) have 16 magic numbers.
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"

_CHUNK_BYTES = 1_048_576


class Unopenable(Exception):
    """A path cannot be read; the text says why."""


class Damaged(Exception):
    """Compressed data is wrong or ends early; what came before it was read."""


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
    """Yield a file's bytes in pieces, decompressing gzip and zstd by what it holds, not by its name.

    Errors: Unopenable before the first piece; Damaged after the last one that could be read.
    """
    try:
        if not path.is_file():
            raise Unopenable("neither a file nor a folder" if path.exists() else "there is nothing of that name")
        with path.open("rb") as raw:
            head = raw.read(4)
            raw.seek(0)
            if head.startswith(_GZIP):
                yield from _gunzipped(raw)
            elif head == _ZSTD or head[1:] == _ZSTD_SKIPPABLE:
                yield from _unzstd(raw)
            else:
                while piece := raw.read(_CHUNK_BYTES):
                    yield piece
    except OSError as error:
        raise Unopenable(error.strerror or str(error)) from error


class _Decompressor(Protocol):
    """One member of a compressed stream, as zlib has set the fashion."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _gunzipped(raw: IO[bytes]) -> Iterator[bytes]:
    from isal import igzip_lib, isal_zlib

    # The library's stubs call its error an instance, and leave a parameter without a type.
    broken = (zlib.error, cast("type[Exception]", igzip_lib.IsalError))
    new: Any = isal_zlib.decompressobj  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]  # as above
    return _decompressed(raw, lambda: cast("_Decompressor", new(31)), broken, 65_536)


def _unzstd(raw: IO[bytes]) -> Iterator[bytes]:
    import zstandard

    frames = zstandard.ZstdDecompressor()
    # Small pieces: each byte may stand for 32 KiB.
    return _decompressed(raw, frames.decompressobj, (zstandard.ZstdError,), 4_096)


def _decompressed(
    raw: IO[bytes], member: Callable[[], _Decompressor], broken: tuple[type[Exception], ...], size: int
) -> Iterator[bytes]:
    """Yield all there is, also of a stream that ends early, which a file object would withhold."""
    current: _Decompressor | None = None
    while piece := raw.read(size):
        while piece:
            current = current or member()
            try:
                plain = current.decompress(piece)
            except broken as error:
                raise Damaged(str(error)) from error
            if plain:
                yield plain
            piece = current.unused_data if current.eof else b""
            if current.eof:
                current = None
    if current:
        raise Damaged("the compressed data ends early")
