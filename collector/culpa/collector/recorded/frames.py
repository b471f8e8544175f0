"""OTLP messages behind their length, as the OpenTelemetry Collector's file exporter writes `format: proto`.

Refuses to guess at messages behind a length that cannot be one: the rest of such a file is lost.
"""

from collections.abc import Iterable, Iterator

from culpa.collector.recorded.content import MAX_FRAME_BYTES, is_zstd
from culpa.collector.recorded.files import Damaged

_LENGTH_BYTES = 4


def messages_of(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the messages, decompressed where each is compressed on its own.

    Errors: Damaged where the file ends inside a message, or a length is impossible.
    """
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        while len(kept) >= _LENGTH_BYTES:
            length = int.from_bytes(kept[:_LENGTH_BYTES], "big")
            if length > MAX_FRAME_BYTES:
                raise Damaged(f"a message of {length} bytes is announced; at most {MAX_FRAME_BYTES} are read")
            if len(kept) < _LENGTH_BYTES + length:
                break
            yield _plain(bytes(kept[_LENGTH_BYTES : _LENGTH_BYTES + length]))
            del kept[: _LENGTH_BYTES + length]
    if kept:
        raise Damaged("the file ends inside a message")


def _plain(message: bytes) -> bytes:
    if not is_zstd(message):
        return message
    from culpa.collector.inflate import Broken, TooLarge, inflate

    try:
        return inflate(message, "zstd", MAX_FRAME_BYTES)
    except (Broken, TooLarge) as error:
        raise Damaged(f"a compressed message cannot be read: {error}") from error
