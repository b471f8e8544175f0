"""A filter over the newest row keys: a hash that it never saw is surely new."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Hashes = npt.NDArray[np.uint64]

#: Keys of one generation; two are kept, so between one and two times as many are remembered.
GENERATION = 2_000_000
#: 2^20 words of 64 bits = 8 MiB a generation; a key sets 4 bits in each of two words. When a generation is
#: full, about 1 in 100,000 new keys looks known.
_WORDS_LOG2 = 20
_BITS_A_WORD = 4

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Recent:
    """The keys of the newest rows, in two generations: the older goes when the newer is full."""

    capacity = GENERATION

    def __init__(self) -> None:
        """Remember nothing; the memory is taken when it is written to."""
        self._young = np.zeros(1 << _WORDS_LOG2, dtype=np.uint64)
        self._old = np.zeros(0, dtype=np.uint64)
        self._count = 0
        self._newest = np.iinfo(np.int64).min
        self._newest_of_old = np.iinfo(np.int64).min
        #: Rows up to this time (ns since the epoch) may be stored without being remembered.
        self.forgotten_until = int(np.iinfo(np.int64).min)

    def forget_until(self, time_ns: int) -> None:
        """Say that rows up to `time_ns` are stored but not remembered."""
        self.forgotten_until = max(self.forgotten_until, time_ns)

    def add(self, hashes: Hashes, times: npt.NDArray[np.int64]) -> None:
        """Remember these keys and the newest of their times (ns since the epoch)."""
        if not len(hashes):
            return
        if self._count + len(hashes) > GENERATION:
            if len(self._old):
                self.forget_until(int(self._newest_of_old))
            self._old, self._newest_of_old = self._young, self._newest
            self._young, self._newest = np.zeros_like(self._young), np.iinfo(np.int64).min
            self._count = 0
        self._count += len(hashes)
        self._newest = max(self._newest, int(times.max()))
        for half in (hashes, _mix(hashes)):
            np.bitwise_or.at(self._young, _word(half), _bits(half))

    def may_hold(self, hashes: Hashes) -> npt.NDArray[np.bool_]:
        """Mark the keys that may have been added; the others surely were not, or are forgotten."""
        found = np.zeros(len(hashes), dtype=np.bool_)
        for generation in (self._young, self._old):
            if len(generation):
                found |= _lookup(generation, hashes)
        return found


def _lookup(generation: Hashes, hashes: Hashes) -> npt.NDArray[np.bool_]:
    """Look at the second word only for the keys whose first word may hold them."""
    bits = _bits(hashes)
    found: npt.NDArray[np.bool_] = (generation[_word(hashes)] & bits) == bits
    at = np.flatnonzero(found)
    second = _mix(hashes[at])
    bits = _bits(second)
    found[at] = (generation[_word(second)] & bits) == bits
    return found


def _word(hashes: Hashes) -> Hashes:
    return hashes >> np.uint64(64 - _WORDS_LOG2)


def _bits(hashes: Hashes) -> Hashes:
    """Return four bits of a word, chosen by the lower part of the hash: six bits of it each."""
    result = np.zeros(len(hashes), dtype=np.uint64)
    for place in range(_BITS_A_WORD):
        result |= np.uint64(1) << ((hashes >> np.uint64(6 * place)) & np.uint64(63))
    return result


def hash_texts(columns: "Sequence[pa.ChunkedArray[pa.StringScalar]]") -> Hashes:
    """Hash the rows of equally long text columns to 64 bits. The same texts give the same hash in any run."""
    result = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        chunks = [_hash_chunk(chunk) for chunk in column.chunks if len(chunk)]
        if chunks:
            result = _mix(result * _PRIME + np.concatenate(chunks))
    return result


def _hash_chunk(chunk: "pa.Array[pa.StringScalar]") -> Hashes:
    texts = cast("pa.StringArray", chunk)
    lengths: npt.NDArray[np.int32] = pc.binary_length(texts).to_numpy(zero_copy_only=False)
    result = np.zeros(len(chunk), dtype=np.uint64)
    for width in np.unique(lengths).tolist():
        same = lengths == width
        rows = chunk if same.all() else chunk.filter(pa.array(same, pa.bool_()))
        result[same] = _hash_equally_long(rows, width)
    return result


def _hash_equally_long(texts: "pa.Array[pa.StringScalar]", width: int) -> Hashes:
    result = np.full(len(texts), width, dtype=np.uint64)
    _, offsets, data = texts.buffers()
    if not width or offsets is None or data is None:
        return _mix(result)
    first = int(np.frombuffer(memoryview(offsets), dtype=np.int32)[texts.offset])
    letters = np.frombuffer(memoryview(data), dtype=np.uint8)[first : first + len(texts) * width]
    padded = np.zeros((len(texts), -(-width // 8) * 8), dtype=np.uint8)
    padded[:, :width] = letters.reshape(len(texts), width)
    for word in padded.view(np.uint64).T:
        result = _mix(result * _PRIME + word)
    return result


def _mix(values: Hashes) -> Hashes:
    """Spread every bit over all 64 (splitmix64)."""
    values = (values ^ (values >> np.uint64(30))) * _MIX_1
    values = (values ^ (values >> np.uint64(27))) * _MIX_2
    return values ^ (values >> np.uint64(31))
