"""Redact whole Arrow columns: each distinct value once, and only those that hold a sign of a secret."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from culpa.collector.kernels import Column, arrow, boolean, pc
from culpa.instrumentation.redact.attribute import Kind, kind_of, redact_value
from culpa.instrumentation.redact.limit import MAX_TEXT_BYTES
from culpa.instrumentation.redact.text import COARSE_TRIGGER, PLAIN_URL, TRIGGER, URL_TRIGGER, may_change

# A NUL ends a text in many a reader, DuckDB's JSON among them; nothing legible is lost with it.
_TRIGGER = TRIGGER + r"|\x00"
# RE2 compiles the pattern anew in each call (1 ms), so few bytes are searched by Python, whose answers
# are kept.
_FEW_BYTES = 16_384
_SOME_BYTES = 131_072
_SHORT = 1_024
_LONG = 100
# Answers by the text's hash, of 64 bits and a key that is new in each process; a million bytes at most.
_seen: dict[int, bool] = {}
_MOST_SEEN = 10_000


def redact_array(values: Column, kinds: npt.NDArray[np.uint8] | None = None) -> Column:
    """Redact a string array; `kinds` tells per row what it is (free text where not given).

    Shape: same length, nulls stay null except rows of kind SECRET; texts over 64 KiB are cut, NULs removed.
    Promise: the same object where nothing had to go.
    """
    if not len(values) or (kinds is None and _is_blank(values)):
        return values
    encoded = pc.dictionary_encode(values)
    distinct, size = encoded.dictionary, len(encoded.dictionary)
    codes = encoded.indices.fill_null(size).to_numpy(zero_copy_only=False)
    work = _suspicious(distinct)[codes]
    if kinds is None:
        kinds = np.zeros(len(values), np.uint8)
    elif kinds.any():
        urls = np.flatnonzero(kinds == Kind.URL)
        work[urls] |= _with_parameters(values.take(arrow.array(urls)))
        work |= (kinds == Kind.QUERY) & (codes < size)
        work |= kinds == Kind.SECRET
    rows = np.flatnonzero(work)
    return _replace(values, rows, distinct, codes[rows], kinds[rows]) if len(rows) else values


def _is_blank(values: Column) -> bool:
    """Tell whether no value has a byte; says no of a slice."""
    _, offsets, data = values.buffers()
    return data is None or (values.offset == 0 and np.frombuffer(offsets, np.int32)[len(values)] == 0)


def _suspicious(distinct: Column) -> npt.NDArray[np.bool_]:
    """Tell which texts may have to change; one more entry, for null, that never has to."""
    if distinct.nbytes <= _FEW_BYTES:
        return np.array([*map(_is_suspicious, distinct.to_pylist()), False], np.bool_)
    found = _flags(pc.greater(pc.binary_length(distinct), MAX_TEXT_BYTES))
    if distinct.nbytes > _LONG * len(distinct):
        # Stack traces and log bodies: the cheaper pattern would match them all.
        found[:-1] |= _suspicious_long(distinct)
        return found
    rows = np.flatnonzero(boolean(pc.match_substring_regex(distinct, COARSE_TRIGGER)))
    rows = rows[~_is_harmless_url(distinct.take(arrow.array(rows)))]
    found[rows] |= _suspicious_all(distinct.take(arrow.array(rows)))
    return found


def _is_harmless_url(texts: Column) -> npt.NDArray[np.bool_]:
    """Tell which texts are addresses in which nothing has to go: of these each service sees ever new ones."""
    harmless = boolean(pc.match_substring_regex(texts, PLAIN_URL))
    rows = np.flatnonzero(harmless)
    if len(rows):
        urls = texts.take(arrow.array(rows))
        harmless[rows] = ~boolean(pc.match_substring_regex(urls, URL_TRIGGER))
    return harmless


def _suspicious_long(texts: Column) -> npt.NDArray[np.bool_]:
    """Search only texts not seen lately: a service that fails does so with the same stack traces."""
    keys = [hash(text) for text in texts.to_pylist()]
    new = np.array([key not in _seen for key in keys], np.bool_)
    if new.any():
        answers = boolean(pc.match_substring_regex(texts.filter(arrow.array(new)), _TRIGGER))
        if len(_seen) > _MOST_SEEN:
            _seen.clear()
        _seen.update(zip(np.array(keys, np.int64)[new].tolist(), answers.tolist(), strict=True))
    return np.array([_seen.get(key, True) for key in keys], np.bool_)


def _suspicious_all(texts: Column) -> npt.NDArray[np.bool_]:
    # Short ones, of which most were seen before.
    if texts.nbytes <= _SOME_BYTES:
        return np.array([*map(_is_suspicious, texts.to_pylist())], np.bool_)
    return boolean(pc.match_substring_regex(texts, _TRIGGER))


def _with_parameters(urls: Column) -> npt.NDArray[np.bool_]:
    return boolean(pc.match_substring_regex(urls, "[=%]"))


def _is_suspicious(text: str) -> bool:
    return _is_suspicious_short(text) if len(text) <= _SHORT else _is_suspicious_any(text)


def _is_suspicious_any(text: str) -> bool:
    return "\0" in text or len(text) * 4 > MAX_TEXT_BYTES or may_change(text)


_is_suspicious_short = lru_cache(8192)(_is_suspicious_any)


def _flags(flags: Column) -> npt.NDArray[np.bool_]:
    """Return flags as NumPy with one more for the null value's code."""
    return np.append(boolean(flags), False)


def _replace(
    values: Column,
    rows: npt.NDArray[np.intp],
    distinct: Column,
    codes: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
) -> Column:
    """Redact each distinct pair of kind and value once and put the results in place."""
    pairs, inverse = np.unique(codes.astype(np.int64) * len(Kind) + kinds, return_inverse=True)
    # The code behind the last is null's: only a SECRET is told of, and that needs no text.
    known = (
        arrow.concat_arrays([distinct, arrow.array([""], arrow.string())])
        .take(arrow.array(pairs // len(Kind)))
        .to_pylist()
    )
    cleaned = [_clean(int(pair % len(Kind)), text) for pair, text in zip(pairs, known, strict=True)]
    if cleaned == known:
        return values
    mask = np.zeros(len(values), np.bool_)
    mask[rows] = True
    return pc.replace_with_mask(
        values, arrow.array(mask), arrow.array(cleaned, arrow.string()).take(arrow.array(inverse))
    )


def _clean(kind: int, text: str) -> str:
    return _clean_short(kind, text) if len(text) <= _SHORT else _clean_any(kind, text)


def _clean_any(kind: int, text: str) -> str:
    text = text.replace("\0", "")
    return redact_value(Kind(kind), text)


_clean_short = lru_cache(8192)(_clean_any)

__all__ = ["Kind", "kind_of", "redact_array"]
