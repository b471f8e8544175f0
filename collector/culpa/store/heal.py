"""Turn a single flipped bit back, which a checksum that is a sum of the words' own allows to find.

DuckDB's checksum is 5381 xor the product of each 64-bit word with one odd number. Two checksums that differ tell what
the true word's product is, for each place where it may have been; at the true place one bit of the word differs, and
by chance at others too.
Source: `Checksum` in DuckDB's src/common/checksum.cpp, 1.5 and 2.0.
"""

import re
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from culpa.store.damage import whole_until
from culpa.store.ledger import HEAD_BYTES, Mark, wal_head

_FACTOR = 0xBF58476D1CE4E5B9
_MASK = 2**64 - 1
_INVERSE = pow(_FACTOR, -1, 2**64)
_SUMS = re.compile(r"computed checksum (\d+) does not match stored checksum (\d+)")
_BLOCK = re.compile(r"in block at location (\d+)")
#: The three headers at the start, and every block behind them, each with its checksum in front.
_HEADER_BYTES = 4096
_HEADERS_END = 3 * _HEADER_BYTES
_BLOCK_BYTES = 262_144
#: A word that is, but for one bit, like so many is the one that was flipped. A wrong bit that is turned makes two of
#: one, and the checksum then vouches for both: rather none.
_CROWD = 100


class Flip(NamedTuple):
    """One bit of a file turned back: the byte at which its word is, the word as it is, and as it was."""

    at: int
    word: int
    true: int

    def turn(self, path: Path, *, back: bool = True) -> None:
        """Write the word as it was, or as it is found again."""
        with path.open("r+b") as file:
            file.seek(self.at)
            file.write(struct.pack("<Q", self.true if back else self.word))


def flips_of_block(segment: Path, message: str) -> list[Flip]:
    """Return what may have been flipped of the block of which the engine says that its checksum is wrong.

    One where it is known; none where nothing explains the checksum.
    """
    found = _BLOCK.search(message)
    if not found:
        return []
    at = int(found.group(1))
    return _flips(segment, message, at, at + 8, (_HEADER_BYTES if at < _HEADERS_END else _BLOCK_BYTES) - 8)


def heal(path: Path, message: str, checksum_at: int, at: int, size: int) -> bool:
    """Mend `size` bytes from `at` on, or the checksum that was kept of them; return whether it is known how."""
    flips = _flips(path, message, checksum_at, at, size)
    if len(flips) == 1:
        flips[0].turn(path)
    return len(flips) == 1


def _flips(path: Path, message: str, checksum_at: int, at: int, size: int) -> list[Flip]:
    found = _SUMS.search(message)
    if not found:
        return []
    computed, stored = int(found.group(1)), int(found.group(2))
    difference = computed ^ stored
    with path.open("rb") as file:
        file.seek(at)
        content = file.read(size)
    flips = [Flip(checksum_at, stored, computed)] if difference.bit_count() == 1 else []
    for number, (word,) in enumerate(struct.iter_unpack("<Q", content[: len(content) // 8 * 8])):
        true = ((word * _FACTOR & _MASK) ^ difference) * _INVERSE & _MASK
        if (true ^ word).bit_count() == 1:
            flips.append(Flip(at + 8 * number, word, true))
    return _known(flips)


def _known(flips: list[Flip]) -> list[Flip]:
    """Return the one that is meant, or all, the likely ones last.

    Of high bits a product tells little, and equal words explain it equally.

    Where two words only are in question, it is the one that stands alone among many that are as it would have been.
    """
    places: dict[tuple[int, int], list[Flip]] = {}
    for flip in flips:
        places.setdefault((flip.word, flip.true), []).append(flip)

    def likely(flip: Flip) -> float:
        return len(places.get((flip.true, flip.word), ())) / len(places[flip.word, flip.true])

    if len(places) == 2:
        alone, crowd = sorted(places, key=lambda pair: len(places[pair]))
        if alone == (crowd[1], crowd[0]) and len(places[alone]) == 1 and len(places[crowd]) >= _CROWD:
            return places[alone]
    return sorted(flips, key=likely)


def mend_entry(wal: Path, message: str, at: int) -> bool:
    """Mend the entry of a write-ahead log at byte `at`, whose checksum is wrong; return whether it could be."""
    with wal.open("rb") as log:
        log.seek(at)
        head = log.read(8)
    return len(head) == 8 and heal(wal, message, at + 8, at + 16, struct.unpack("<Q", head)[0])


def mend_chain(wal: Path, at: int, end: int) -> bool:
    """Turn back one bit of an entry's size, where that leads to the log's known end again."""
    with wal.open("r+b") as log:
        log.seek(at)
        head = log.read(8)
        if len(head) < 8:
            return False
        size = struct.unpack("<Q", head)[0]
        for bit in range(64):
            log.seek(at)
            log.write(struct.pack("<Q", size ^ (1 << bit)))
            log.flush()
            if whole_until(wal, end) == end:
                return True
        log.seek(at)
        log.write(head)
    return False


def mend_head(wal: Path, mark: Mark) -> bool:
    """Turn back one bit at the start of a write-ahead log, where it was noted otherwise; return whether it was so."""
    size, head = wal_head(wal)
    if head == mark.head or size < mark.wal_bytes:
        return False
    with wal.open("r+b") as log:
        start = bytearray(log.read(HEAD_BYTES))
        for bit in range(8 * len(start)):
            start[bit // 8] ^= 1 << bit % 8
            if zlib.crc32(start) == mark.head:
                log.seek(0)
                log.write(start)
                return True
            start[bit // 8] ^= 1 << bit % 8
    return False
