"""Ids of traces, spans and entities as columns."""

import numpy as np
import numpy.typing as npt

from culpa.collector.decode.arrays import blank_texts, hex_texts
from culpa.collector.decode.columns import Context, Index
from culpa.collector.kernels import Column, arrow, pc

_NO_BOUNDS = np.zeros(1, np.int32)


def valid_ids(ids: Column, size: int) -> npt.NDArray[np.bool_]:
    """Tell which binary ids have the right size and are not all zero."""
    bounds = _NO_BOUNDS
    if len(ids):
        bounds = np.frombuffer(ids.buffers()[1], np.int32)[ids.offset : ids.offset + len(ids) + 1]
    fits: npt.NDArray[np.bool_] = np.diff(bounds) == size
    rows = np.flatnonzero(fits)
    if len(rows):
        data = np.frombuffer(ids.buffers()[2], np.uint8)
        is_dense = len(rows) == len(fits)  # the usual case: all ids lie in one block
        block = data[bounds[0] : bounds[-1]] if is_dense else data[bounds[rows][:, None] + np.arange(size)]
        fits[rows] = block.reshape(-1, size).any(axis=1)
    return fits


def known_ids(ids: Column, size: int) -> Column:
    """Return the hex of ids; '' for those that are absent or none."""
    texts, valid = hex_texts(ids), valid_ids(ids, size)
    return texts if valid.all() else pc.if_else(arrow.array(valid), texts, "")


def spread(texts: list[str], index: Index) -> Column:
    """Return the text of each row, given which of the texts it has."""
    return arrow.array(texts, arrow.string()).take(arrow.array(index)) if texts else blank_texts(len(index))


def entity_columns(context: Context) -> dict[str, Column]:
    """Return service_name and resource_id of each row."""
    ids = np.array([resource.resource_id for resource in context.resources], np.uint64)
    return {
        "service_name": spread([resource.service_name for resource in context.resources], context.resource),
        "resource_id": arrow.array(ids[context.resource] if len(ids) else ids),
    }
