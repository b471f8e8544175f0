"""Small operations on Arrow arrays that pyarrow has no kernel for."""

import numpy as np
import numpy.typing as npt

from culpa.collector.decode.columns import Index, Nanoseconds
from culpa.collector.kernels import Column, arrow, boolean, pc
from culpa.collector.redact import redact_array
from culpa.collector.tables import MAX_NS

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), "<u2").copy()
#: The list types of the store.
TEXTS = arrow.list_(arrow.field("l", arrow.string()))


def hex_texts(ids: Column) -> Column:
    """Return the lower-case hex of a binary array: doubled offsets and one table look-up a byte."""
    _, offsets, data = ids.buffers()
    if not len(ids) or offsets is None:
        return blank_texts(len(ids))
    bounds = np.frombuffer(offsets, "<i4")[ids.offset : ids.offset + len(ids) + 1]
    if data is None or bounds[-1] == bounds[0]:
        return blank_texts(len(ids))
    signs = _HEX[np.frombuffer(data, np.uint8)[bounds[0] : bounds[-1]]]
    return arrow.StringArray.from_buffers(
        len(ids), arrow.py_buffer(((bounds - bounds[0]) * np.int32(2)).astype("<i4")), arrow.py_buffer(signs)
    )


def blank_texts(rows: int) -> Column:
    """Return `rows` times ''."""
    return arrow.StringArray.from_buffers(rows, arrow.py_buffer(np.zeros(rows + 1, "<i4")), arrow.py_buffer(b""))


def unmask(texts: Column) -> Column:
    """Return a string array with '' for null.

    Kernels leave nulls empty, so dropping the mask is nearly enough.
    """
    if not texts.null_count:
        return texts
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, "<i4")[texts.offset : texts.offset + len(texts) + 1]
    null = ~texts.is_valid().to_numpy(zero_copy_only=False)
    if data is None or (np.diff(bounds)[null] != 0).any():
        return texts.fill_null("")
    return arrow.StringArray.from_buffers(len(texts), offsets, data, None, 0, texts.offset)


def clean_texts(texts: Column) -> Column:
    """Redact free text of names and messages. Promise: the same object where nothing had to go."""
    return redact_array(texts)


def list_of_texts(offsets: Index, items: Column) -> Column:
    """Return a list array of strings of the store's type."""
    return arrow.ListArray.from_arrays(arrow.array(offsets, arrow.int32()), items, type=TEXTS)


def timestamps(times: Nanoseconds) -> Column:
    """Return nanoseconds since the epoch as timestamps; what is later than MAX_NS becomes that."""
    return arrow.array(clamp(times)).cast(arrow.timestamp("ns"))


def clamp(times: Nanoseconds) -> npt.NDArray[np.int64]:
    """Return nanoseconds that are not later than MAX_NS."""
    return np.minimum(times, np.uint64(MAX_NS)).astype(np.int64)


def having(lists: Column, is_wanted: Column) -> Column:
    """Return for each list whether one of its items is wanted; `is_wanted` has one entry for each item of all lists."""
    found = np.zeros(len(lists), np.bool_)
    found[pc.list_parent_indices(lists).to_numpy()[boolean(is_wanted)]] = True
    return arrow.array(found)
