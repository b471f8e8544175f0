"""Bring a request's body into memory as it was before compression, never more of it than the limit."""

from collections.abc import Callable, Iterator
from typing import Protocol, cast

import zstandard
from isal import isal_zlib
from isal.igzip_lib import IsalError

#: gzip with its header and trailer, as zlib numbers it.
_GZIP = 31
#: The trailer's last four bytes: the size before compression, unless the sender lies.
_SIZE_BYTES = 4

#: gzip's members, or zstd's frames, in one body: more than any sender puts one behind the other (block gzip has one in
#: 64 KiB, fluentd one for each append to a chunk), and so few that empty ones take milliseconds.
MAX_MEMBERS = 16_384
#: What the members behind the first are given to begin with; doubled until they end.
_FIRST_SLICE = 256

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

    def decompress(self, data: bytes | memoryview, /, max_length: int = 0) -> bytes:
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
    rest = memoryview(body)
    try:
        for _ in _counted(rest, "gzip"):
            part, rest = _gzip_member(rest, room, is_first=not parts)
            parts += part
            room -= sum(map(len, part))
            if not rest or room <= 0:
                break
    except _GZIP_ERROR as error:
        raise Broken(f"the body is not gzip: {error}") from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _gzip_member(body: memoryview, room: int, *, is_first: bool) -> tuple[list[bytes], memoryview]:
    """Return what a member holds, at most `room` bytes, and what stands behind it."""
    decoder: Decompressor = cast(Decompressor, isal_zlib.decompressobj(_GZIP))  # pyright: ignore[reportUnknownMemberType] - loose stubs
    parts: list[bytes] = []
    # Nearly every body is one member: a buffer of the right size from the start is twice as fast, and a lie about it
    # costs only that. The members behind it are given little at first: the decoder copies all that it does not need.
    promised = int.from_bytes(body[-_SIZE_BYTES:], "little") + 1
    size, most = (len(body), promised) if is_first else (_FIRST_SLICE, room)
    at = 0
    while at < len(body) and not decoder.eof and room > 0:
        given: memoryview | bytes = body[at : at + size]
        at += len(given)
        while True:
            part = decoder.decompress(given, max(1, min(most, room)))
            parts.append(part)
            room -= len(part)
            most = room
            given = decoder.unconsumed_tail
            if not given or decoder.eof or room <= 0:
                break
        size *= 2
    if not decoder.eof and room > 0:
        raise Broken("the gzip body is cut off before its end")
    return parts, body[at - len(decoder.unused_data) :]


def _zstd(body: bytes, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1
    rest = memoryview(body)
    frames = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        for _ in _counted(rest, "zstd"):
            decoder = frames.decompressobj()
            while rest and not decoder.eof and room > 0:
                part = decoder.decompress(rest[:_ZSTD_SLICE])
                rest = (
                    rest[_ZSTD_SLICE:]
                    if not decoder.eof
                    else rest[min(_ZSTD_SLICE, len(rest)) - len(decoder.unused_data) :]
                )
                parts.append(part)
                room -= len(part)
            if not decoder.eof and room > 0:
                raise Broken("the zstd body is cut off before its end")
            if not rest or room <= 0:
                break
    except zstandard.ZstdError as error:
        raise Broken(f"the body is not zstd: {error}") from error
    return b"".join(parts)


def _counted(body: memoryview, encoding: str) -> Iterator[int]:
    """Count members up to the limit. Errors: Broken beyond it."""
    yield from range(MAX_MEMBERS)
    raise Broken(f"the {encoding} body of {len(body)} bytes has more than {MAX_MEMBERS} members; send it as one")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "": _identity,
    "identity": _identity,
    "gzip": _gzip,
    "zstd": _zstd,
}
