"""Read a file of a store to its end: each block's checksum is looked at when the block is read."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from culpa.store.alone import alone, relations
from culpa.store.errors import NotAStore
from culpa.store.segments.listing import ROWS, Segment, segments


@dataclass(frozen=True)
class Found:
    """What was read of one file: rows by relation, and the sealed files that it lists, dropped ones too."""

    rows: dict[str, int]
    listed: tuple[Segment, ...]

    @property
    def moving(self) -> int:
        """Return how many rows it holds of the relations whose rows move into sealed files."""
        return sum(self.rows.get(relation, 0) for relation in ROWS)


def read_through(path: Path, where: str = "") -> Found:
    """Read every value of every row of a file, in bounded memory. Errors: StoreError."""
    with alone(path, where) as connection:
        rows = {name: _read(connection, name) for name in relations(connection)}
        if not rows:
            raise NotAStore(f"{path} has no relations of culpa's in it; name a store that culpa wrote")
        return Found(rows, segments(connection))


def _read(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    # The hash wants every value, also of lists within lists.
    text = f'select count(*), bit_xor(hash(t)) from segment.data."{relation}" as t'
    return int(connection.execute(text).fetchall()[0][0])
