"""Whether two files mean the same rows: how many there are, and what their keys come to in any order."""

import duckdb

from culpa.store.segments.listing import ROWS


def hot_end(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return the number behind the last row's of a relation of the hot file."""
    [(end,)] = connection.execute(f'select coalesce(max(rowid) + 1, 0) from segment.data."{relation}"').fetchall()
    return int(end)


def hot_sum(connection: duckdb.DuckDBPyConnection, relation: str, rows: int) -> tuple[int, int]:
    """Return both of the first `rows` rows of a relation of the hot file."""
    keys = ", ".join(ROWS[relation])
    [(count, total)] = connection.execute(
        f'select count(*), coalesce(bit_xor(hash({keys})), 0) from segment.data."{relation}" where rowid < {rows}'
    ).fetchall()
    return int(count), int(total)
