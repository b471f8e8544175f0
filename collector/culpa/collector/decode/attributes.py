"""Attributes, redacted and unique by key, -> typed columns for the promoted ones, two lists for the rest."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from culpa.collector.decode.arrays import blank_texts, clean_texts, list_of_texts, unmask
from culpa.collector.decode.columns import Attributes, Index, Values
from culpa.collector.decode.promoted import Promotion
from culpa.collector.decode.spelling import dotted
from culpa.collector.kernels import Column, arrow, boolean, pc
from culpa.collector.redact import Kind, kind_of, redact_array
from culpa.instrumentation.redact.mask import CARD
from culpa.instrumentation.redact.personal import is_card

# Most cells of the table that finds repeated keys; above it (very many distinct keys) they are sorted
# instead.
_MAX_CELLS = 1 << 24

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Split:
    """The promoted columns by name, and the rest as two lists of the same shape."""

    columns: dict[str, Column]
    keys: Column
    values: Column


@dataclass(frozen=True, slots=True)
class _Table:
    """All pairs of all owners, redacted."""

    owners: int
    offsets: Index
    owner: Index
    names: list[str]  # distinct keys
    code: Index  # of each pair: which of the names
    keys: Column
    values: Values
    is_text: Flags
    is_whole: Flags


def split_attributes(
    attributes: Attributes, promotions: tuple[Promotion, ...] = (), kinds: npt.NDArray[np.int32] | None = None
) -> Split:
    """Redact, make keys unique and promote.

    `kinds` is the span kind of each owner, for sources that depend on it.
    """
    table = _clean(attributes)
    keep = _last_of_each_key(table)
    columns = _promote(table, promotions, kinds, keep)
    counts = np.zeros(len(keep) + 1, np.int32)
    np.cumsum(keep, out=counts[1:])
    offsets = counts[table.offsets]
    kept = arrow.array(np.flatnonzero(keep))
    keys, texts = table.keys.take(kept), value_texts(_take(table.values, kept))
    return Split(columns, list_of_texts(offsets, keys), list_of_texts(offsets, texts))


def value_texts(values: Values) -> Column:
    """Return values as text: numbers and flags as JSON writes them, nothing as ''."""
    columns = [values.text]
    for column in (values.integer, values.real):
        if column.null_count < len(column):
            columns.append(column.cast(arrow.string()))
    if values.flag.null_count < len(values):
        columns.append(pc.if_else(values.flag, "true", "false"))
    if values.nested.null_count < len(values):
        columns.append(values.nested)
    return unmask(pc.coalesce(*columns) if len(columns) > 1 else values.text)


def _take(values: Values, rows: Column) -> Values:
    return Values(
        values.text.take(rows),
        values.integer.take(rows),
        values.real.take(rows),
        values.flag.take(rows),
        values.nested.take(rows),
    )


def _clean(attributes: Attributes) -> _Table:
    encoded = pc.dictionary_encode(attributes.keys)
    names = clean_texts(encoded.dictionary)
    keys = attributes.keys if names is encoded.dictionary else names.take(encoded.indices)
    if names is not encoded.dictionary:
        encoded = pc.dictionary_encode(keys)
    owner = np.repeat(np.arange(len(attributes), dtype=np.int32), np.diff(attributes.offsets))
    told: list[str] = encoded.dictionary.to_pylist()
    distinct, code = dotted(told, encoded.indices.to_numpy(zero_copy_only=False), owner)
    if distinct is not told:
        keys = arrow.array(distinct, arrow.string()).take(arrow.array(code))
    kinds = np.array([kind_of(name) for name in distinct], np.uint8)
    values = _clean_values(attributes.values, kinds[code] if len(code) else kinds[:0])
    is_secret = (kinds == Kind.SECRET)[code] if len(code) else np.zeros(0, np.bool_)
    return _Table(
        owners=len(attributes),
        offsets=attributes.offsets,
        owner=owner,
        names=distinct,
        code=code,
        keys=keys,
        values=values,
        is_text=values.text.is_valid().to_numpy(zero_copy_only=False) & ~is_secret,
        is_whole=values.integer.is_valid().to_numpy(zero_copy_only=False) & ~is_secret,
    )


def _clean_values(values: Values, kinds: npt.NDArray[np.uint8]) -> Values:
    """Redact texts and nested values. A secret of another type gets a text, which comes before all others."""
    text = redact_array(values.text, kinds)
    nested = values.nested
    if nested.null_count < len(nested):
        nested = redact_array(nested, np.where(kinds == Kind.SECRET, Kind.TEXT, kinds).astype(np.uint8))
    return _hide_cards(replace(values, text=text, nested=nested))


def _hide_cards(values: Values) -> Values:
    """Hide numbers that are cards: text goes through the redaction, an integer has to be looked at."""
    integer = values.integer
    if integer.null_count == len(integer) or pc.max(integer).as_py() < 10**12:
        return values
    numbers = integer.fill_null(0).to_numpy(zero_copy_only=False)
    # Card numbers have 13 to 19 digits and start with 2 to 6.
    maybe = np.zeros(len(numbers), np.bool_)
    for digits in range(13, 20):
        maybe |= (numbers >= 2 * 10 ** (digits - 1)) & (numbers < 7 * 10 ** (digits - 1))
    rows = [row for row in np.flatnonzero(maybe).tolist() if is_card(str(numbers[row]))]
    if not rows:
        return values
    mask = np.zeros(len(numbers), np.bool_)
    mask[rows] = True
    return replace(
        values,
        text=pc.if_else(arrow.array(mask), CARD, values.text),
        integer=pc.if_else(arrow.array(mask), None, integer),
    )


def _last_of_each_key(table: _Table) -> Flags:
    """Tell for each pair whether no later pair of the same owner has its key."""
    pairs = len(table.code)
    cells = table.owners * max(len(table.names), 1)
    place = table.owner.astype(np.int64) * len(table.names) + table.code
    keep: Flags
    if cells <= _MAX_CELLS:
        last = np.empty(cells, np.int32)
        # Of a repeated index NumPy keeps the last assignment.
        last[place] = np.arange(pairs, dtype=np.int32)
        keep = last[place] == np.arange(pairs, dtype=np.int32)
        return keep
    _, first_from_end = np.unique(place[::-1], return_index=True)
    keep = np.zeros(pairs, np.bool_)
    keep[pairs - 1 - first_from_end] = True
    return keep


def _promote(
    table: _Table, promotions: tuple[Promotion, ...], kinds: npt.NDArray[np.int32] | None, keep: Flags
) -> dict[str, Column]:
    """Build the promoted columns; clears `keep` where a value went into one."""
    positions = _positions(table, promotions, keep)
    numbers, is_number = _numbers(table, promotions)
    # One more entry at the end, so that the place -1 (the owner has no such key) never fits.
    as_text = np.append(table.is_text | table.is_whole, False)
    as_number = np.append(is_number & (numbers >= 0), False)
    levels = np.clip(kinds, 0, 5) if kinds is not None else None
    rows: dict[str, Index] = {}
    for promotion in promotions:
        chosen = np.full(table.owners, -1, np.int32)
        rows[promotion.column] = chosen
        for source in promotion.sources:
            place = positions.get(source.key)
            if place is None:
                continue
            fits = (as_number if promotion.is_number else as_text)[place]
            if promotion.is_number:
                fits &= numbers[place] <= promotion.maximum
            if source.beside:
                fits &= positions[source.beside] >= 0 if source.beside in positions else False
            if source.kinds is not None and levels is not None:
                fits &= np.array([kind in source.kinds for kind in range(6)])[levels]
            fits &= chosen < 0
            np.copyto(chosen, place, where=fits)
            if not source.stays:
                keep[place[fits]] = False
    return _columns(table, promotions, rows, numbers)


def _numbers(table: _Table, promotions: tuple[Promotion, ...]) -> tuple[npt.NDArray[np.int64], Flags]:
    """Return the whole number of each pair, and which have one. Zipkin and Envoy write numbers as texts."""
    numbers = table.values.integer.fill_null(0).to_numpy(zero_copy_only=False)
    keys = {source.key for promotion in promotions if promotion.is_number for source in promotion.sources}
    is_key = np.array([name in keys for name in table.names], np.bool_)
    rows = np.flatnonzero(is_key[table.code] & table.is_text) if len(table.code) else table.code
    if not len(rows):
        return numbers, table.is_whole
    texts = table.values.text.take(arrow.array(rows))
    fits = boolean(pc.match_substring_regex(texts, "^[0-9]{1,9}$"))
    numbers, is_number = numbers.copy(), table.is_whole.copy()
    numbers[rows[fits]] = texts.filter(arrow.array(fits)).cast(arrow.int64()).to_numpy(zero_copy_only=False)
    is_number[rows[fits]] = True
    return numbers, is_number


def _positions(table: _Table, promotions: tuple[Promotion, ...], keep: Flags) -> dict[str, Index]:
    """Return for each promoted key that occurs, where each owner's value is (-1: it has none)."""
    wanted = {key for promotion in promotions for source in promotion.sources for key in (source.key, source.beside)}
    present = [(slot, name) for slot, name in enumerate(table.names) if name in wanted]
    if not present:
        return {}
    slot_of = np.full(len(table.names), -1, np.int64)
    for row, (slot, _) in enumerate(present):
        slot_of[slot] = row
    slots = slot_of[table.code]
    pairs = np.flatnonzero((slots >= 0) & keep)
    matrix = np.full(len(present) * table.owners, -1, np.int32)
    matrix[slots[pairs] * table.owners + table.owner[pairs]] = pairs
    return {name: matrix[row * table.owners : (row + 1) * table.owners] for row, (_, name) in enumerate(present)}


def _columns(
    table: _Table, promotions: tuple[Promotion, ...], rows: dict[str, Index], numbers: npt.NDArray[np.int64]
) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    texts = [item.column for item in promotions if not item.is_number and (rows[item.column] >= 0).any()]
    if texts:
        # One take for all text columns, then slices of it, which cost nothing.
        taken = _taken_texts(table, np.concatenate([rows[column] for column in texts]))
        for row, column in enumerate(texts):
            columns[column] = taken.slice(row * table.owners, table.owners)
    for promotion in promotions:
        place = rows[promotion.column]
        if promotion.is_number:
            found = np.where(place >= 0, numbers[place], 0) if len(numbers) else np.zeros(table.owners, np.int64)
            columns[promotion.column] = arrow.array(found)
        elif promotion.column not in columns:
            columns[promotion.column] = blank_texts(table.owners)
    return columns


def _taken_texts(table: _Table, place: Index) -> Column:
    """Return the text of each place, '' for -1; whole numbers (a gRPC status) are written out."""
    taken = unmask(table.values.text.take(arrow.array(place, mask=place < 0)))
    whole = (place >= 0) & ~table.is_text[place]
    if whole.any():
        numbers = table.values.integer.take(arrow.array(place[whole])).cast(arrow.string())
        taken = pc.replace_with_mask(taken, arrow.array(whole), numbers)
    return taken
