"""What the rows of a file come to: whether two files mean the same ones, and from when until when they are."""

import duckdb

from culpa.store.segments.listing import ROWS, TIMES


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


def reach(connection: duckdb.DuckDBPyConnection, catalog: str) -> tuple[int, int, int]:
    """Return the first and last time of the rows that move, nanoseconds since 1970 (0: none), and their number."""
    texts = [f'select epoch_ns({time}) as at_ns from {catalog}.data."{relation}"' for relation, time in TIMES.items()]
    [row] = connection.execute(
        f"select coalesce(min(at_ns), 0), coalesce(max(at_ns), 0), count(*) from ({' union all '.join(texts)})"
    ).fetchall()
    return int(row[0]), int(row[1]), int(row[2])
