"""Bring a request's body into memory as it was before compression, never more of it than the limit."""

from collections.abc import Callable
from typing import Protocol, cast

import zstandard
from isal import isal_zlib
from isal.igzip_lib import IsalError

#: gzip with its header and trailer, as zlib numbers it.
_GZIP = 31
#: The trailer's last four bytes: the size before compression, unless the sender lies.
_SIZE_BYTES = 4

#: The decoder cannot be told how much to make: of four bytes it makes at most one block of 128 KiB,
#: so a slice of this many bytes bounds what a bomb makes beyond the limit to 16 MiB.
_ZSTD_SLICE = 512
#: The window that `zstd --long` of other programs asks for at most by default.
_ZSTD_WINDOW = 8 * 1024**2


#: The stubs call it an instance; it is the class that isal raises.
_GZIP_ERROR = cast(type[Exception], IsalError)


class Decompressor(Protocol):
    """What isal makes."""

    eof: bool
    unconsumed_tail: bytes
    unused_data: bytes

    def decompress(self, data: bytes, /, max_length: int = 0) -> bytes:
        """Return at most `max_length` bytes more."""
        ...


class TooLarge(Exception):
    """The body is larger than the limit, compressed or not."""


class Broken(Exception):
    """The body is not what its Content-Encoding says."""


class UnknownEncoding(Exception):
    """Nobody here can read this Content-Encoding."""


def inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """Return the body before compression; of a bomb at most `limit` bytes and one are ever made.

    Errors: TooLarge, Broken, UnknownEncoding.
    """
    if len(body) > limit:
        raise TooLarge(f"the body has {len(body)} bytes; at most {limit} are taken (max_body_bytes)")
    try:
        decoder = _DECODERS[encoding.strip().lower()]
    except KeyError:
        raise UnknownEncoding(f"Content-Encoding {encoding!r} is not understood; send gzip, zstd or none") from None
    if not body:
        return b""
    plain = decoder(body, limit)
    if len(plain) > limit:
        raise TooLarge(f"the body has more than {limit} bytes when decompressed (max_body_bytes)")
    return plain


def _identity(body: bytes, limit: int) -> bytes:
    return body


def _gzip(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    rest = body
    try:
        while rest and room > 0:
            decoder: Decompressor = cast(Decompressor, isal_zlib.decompressobj(_GZIP))  # pyright: ignore[reportUnknownMemberType] - loose stubs
            # A buffer of the right size from the start is twice as fast; a lie about it costs only that.
            promised = int.from_bytes(rest[-_SIZE_BYTES:], "little") + 1
            part = decoder.decompress(rest, max(1, min(promised, room)))
            parts.append(part)
            room -= len(part)
            while not decoder.eof and decoder.unconsumed_tail and room > 0:
                part = decoder.decompress(decoder.unconsumed_tail, room)
                parts.append(part)
                room -= len(part)
            if not decoder.eof and room > 0:
                raise Broken("the gzip body is cut off before its end")
            rest = decoder.unused_data
    except _GZIP_ERROR as error:
        raise Broken(f"the body is not gzip: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _zstd(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    rest = memoryview(body)
    try:
        while rest and room > 0:
            decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
            while rest and not decoder.eof and room > 0:
                part = decoder.decompress(rest[:_ZSTD_SLICE])
                rest = rest[_ZSTD_SLICE:]
                parts.append(part)
                room -= len(part)
            if not decoder.eof and room > 0:
                raise Broken("the zstd body is cut off before its end")
            rest = memoryview(decoder.unused_data + bytes(rest))
    except zstandard.ZstdError as error:
        raise Broken(f"the body is not zstd: {error}") from error
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "zstd": _zstd,
}
