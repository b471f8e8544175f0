"""Compressed bodies and files of any number of members cost what their length costs."""

import gzip
import io
import os
import random
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from culpa.collector.inflate import MAX_MEMBERS, Broken, TooLarge, inflate
from culpa.collector.recorded.files import plain_chunks
from culpa.collector.recorded.frames import messages_of

_LIMIT = 20 * 1024**2
_ZSTD = zstandard.ZstdCompressor()
_EMPTY: dict[str, bytes] = {
    "gzip": gzip.compress(b""),
    "zstd": _ZSTD.compress(b""),
    # A frame that decoders skip; 16 magic numbers are set aside for them.
    "zstd skipped": struct.pack("<II", 0x184D2A5F, 0),
}


def _compress(encoding: str) -> Callable[[bytes], bytes]:
    return gzip.compress if encoding == "gzip" else _ZSTD.compress


def _seconds(work: Callable[[], object]) -> float:
    """Return the least of three runs: others share the machine."""
    took: list[float] = []
    for _ in range(3):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("kind", _EMPTY)
def test_many_empty_members_cost_no_more_than_their_number(kind: str) -> None:
    """Copying what is left behind each member would make four times as many cost sixteen times as much."""
    encoding = kind.split()[0]
    few, many = MAX_MEMBERS // 4, MAX_MEMBERS
    once, four_times = (_seconds(lambda n=n: inflate(_EMPTY[kind] * n, encoding, _LIMIT)) for n in (few, many))  # type: ignore[misc]
    assert four_times < 9 * once + 0.02
    assert four_times < 1.0


@pytest.mark.parametrize("kind", _EMPTY)
def test_more_members_than_anybody_sends_are_refused_at_once(kind: str) -> None:
    """15 MB of them are told from a body within the time that the allowed ones take."""
    encoding = kind.split()[0]
    body = _EMPTY[kind] * (15_000_000 // len(_EMPTY[kind]))
    began = time.process_time()
    with pytest.raises(Broken, match=f"more than {MAX_MEMBERS} members"):
        inflate(body, encoding, _LIMIT)
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_members_of_all_sizes_are_read_to_the_last_byte(encoding: str) -> None:
    """Also those that are larger than what a member is given at first, and what stands between skipped frames."""
    chance = random.Random(7)
    parts = [chance.randbytes(chance.randrange(3000)) + b"a" * chance.randrange(3000) for _ in range(300)]
    made = [_compress(encoding)(part) for part in parts]
    if encoding == "zstd":
        made.insert(5, struct.pack("<II", 0x184D2A50, 9) + b"skip this")
    assert b"".join(parts) == inflate(b"".join(made), encoding, _LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_later_member_may_not_be_cut_off_nor_be_something_else(encoding: str) -> None:
    """What is behind the first member is checked as that is."""
    whole = _compress(encoding)(os.urandom(3000))
    for body in (whole * 2)[:-1], whole + whole[:5], whole + b"something else":
        with pytest.raises(Broken):
            inflate(body, encoding, _LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_bombs_in_many_members_make_no_more_than_the_limit(encoding: str) -> None:
    """Each of the members is below the limit, all of them are not."""
    with pytest.raises(TooLarge):
        inflate(_compress(encoding)(bytes(10**6)) * 1000, encoding, 3 * 10**6)


def test_gzip_with_a_long_name_in_a_later_member_is_read() -> None:
    """The header alone is larger than what a member is given at first."""
    named = io.BytesIO()
    with gzip.GzipFile("n" * 50_000, "wb", fileobj=named) as writer:
        writer.write(b"hello")
    assert b"hello" == inflate(_EMPTY["gzip"] + named.getvalue(), "gzip", _LIMIT)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_files_of_many_empty_members_cost_no_more_than_their_number(kind: str, tmp_path: Path) -> None:
    """Recorded files have no limit: a log may have been appended to for years."""
    path = tmp_path / "log"

    def read(count: int) -> float:
        path.write_bytes(_EMPTY[kind] * count + _compress(kind)(b"last\n"))
        return _seconds(lambda: list(plain_chunks(path)))

    few, many = read(10_000), read(40_000)
    assert many < 9 * few + 0.02
    assert [b"last\n"] == list(plain_chunks(path))


def test_a_message_of_several_zstd_frames_is_read_whole() -> None:
    """The first frame is not all there is."""
    body = _ZSTD.compress(b"one, ") + _ZSTD.compress(b"two")
    assert [b"one, two"] == list(messages_of([struct.pack(">I", len(body)) + body]))
