"""A flipped bit is turned back where the checksum tells which one it was; a wrong one is never turned."""

import random
import struct
from pathlib import Path

import pytest

from culpa.store.heal import heal

_FACTOR, _MASK = 0xBF58476D1CE4E5B9, 2**64 - 1


def _checksum(content: bytes) -> int:
    found = 5381
    for (word,) in struct.iter_unpack("<Q", content):
        found ^= word * _FACTOR & _MASK
    return found


def _contents(chance: random.Random) -> dict[str, bytes]:
    """Return blocks as a store has them: full, hardly used, and of few words that come again and again."""
    few = [chance.randbytes(8) for _ in range(40)]
    return {
        "full": chance.randbytes(8 * 4_000),
        "hardly used": chance.randbytes(8 * 100) + bytes(8 * 3_900),
        "repeated": b"".join(chance.choice(few) for _ in range(4_000)),
        "text": b"".join(b"GET /orders/%d HTTP/1.1\n" % chance.randrange(10**6) for _ in range(1_200))[: 8 * 3_000],
    }


@pytest.mark.parametrize("kind", ["full", "hardly used", "repeated", "text"])
def test_a_bit_is_turned_back_where_it_is_known_which_and_left_elsewhere(tmp_path: Path, kind: str) -> None:
    """Of every place within a word, and of the checksum; the first word that explained a checksum was taken once."""
    chance = random.Random(kind)
    content = _contents(chance)[kind]
    stored = _checksum(content)
    whole = struct.pack("<Q", stored) + content
    path = tmp_path / "block"
    healed = 0
    for flips in range(128):
        word = chance.randrange(-20, len(content) // 8) if flips % 8 else -1
        at = 64 * (max(word, -1) + 1) + flips % 64
        spoilt = bytearray(whole)
        spoilt[at // 8] ^= 1 << at % 8
        path.write_bytes(spoilt)
        kept, computed = struct.unpack_from("<Q", spoilt)[0], _checksum(bytes(spoilt[8:]))
        message = f"computed checksum {computed} does not match stored checksum {kept} in block"
        is_healed = heal(path, message, 0, 8, len(content))
        assert (whole if is_healed else bytes(spoilt)) == path.read_bytes(), (at, is_healed)
        healed += is_healed
    assert healed >= 40
