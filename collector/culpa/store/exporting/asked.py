"""Read the rows of one relation and of one time, a batch after the other."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from culpa.store.damage import damaged
from culpa.store.duckdb import DuckDBStore
from culpa.store.errors import QueryFailed, StoreFull
from culpa.store.readonly import reading
from culpa.store.trouble import damage_error

_TIMEOUT_S = 86_400.0


@dataclass(frozen=True)
class Asked:
    """From when on until before when, nanoseconds since 1970."""

    since_ns: int
    until_ns: int

    @contextmanager
    def rows(self, store: DuckDBStore, relation: str, time: str, file: str) -> Generator[pa.RecordBatchReader]:
        """Yield the rows whose `time`, a column, lies there ('': all), which are written to `file`.

        Errors: StoreError, StoreFull where they cannot be written.
        """
        text = f'select * from "{relation}"'
        bounds: dict[str, int] = {}
        if time:
            text += f" where {time} >= make_timestamp_ns($since) and {time} < make_timestamp_ns($until)"
            bounds = {"since": self.since_ns, "until": self.until_ns}
        try:
            with reading(store.cursor, text, dict(bounds), timeout_s=_TIMEOUT_S) as reader:
                yield reader
        except QueryFailed as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno:
                raise StoreFull(f"cannot write {file}: {error.__cause__.strerror}; free some room") from error
            found = damage_error(error, store.where)
            raise (damaged(store.where, str(error)) if found is not error else error) from error
