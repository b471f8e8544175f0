"""Write exports into a folder, many of them as one file."""

from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from culpa.collector.parquet.address import Address
from culpa.collector.parquet.place import Place
from culpa.collector.parquet.storing.tables import SCHEMAS, Day, days_of, table_of

#: Its types are known in part only.
_parquet: Any = pyarrow.parquet
_S = 1_000_000_000
#: Traces lie together in a file, so a group of rows that lacks an id need not be read.
_GROUP_ROWS = 32_768


class Delivery:
    """Writes below the folder of one address. For one thread."""

    def __init__(self, address: Address) -> None:
        """Ask nobody yet. Errors: NotAStore for an address that cannot be opened."""
        self._place = Place(address)
        #: What comes is best gathered so long: each call makes a file of each signal and day.
        self.gather_s = address.every_s

    @property
    def where(self) -> str:
        """Return the address."""
        return str(self._place.address)

    def post(self, some: Sequence[tuple[str, bytes, bool]]) -> list[str]:
        """Write exports: signal, body, and whether it is JSON; they are there when this returns.

        The same ones make the same files: what is written once more replaces itself. Metrics have no table, and are
        passed over. Return why others were left out. Errors: StoreError.
        """
        left_out: list[str] = []
        for signal, schema in SCHEMAS.items():
            digest = sha256()
            tables: list[pa.Table] = [schema.empty_table()]
            for kind, body, is_json in some:
                if kind != signal:
                    continue
                digest.update(sha256(body).digest())
                try:
                    tables.append(table_of(signal, body, is_json=is_json))
                except ValueError as error:
                    left_out.append(str(error))
            for day in days_of(pa.concat_tables(tables)):
                self._write(signal, day, digest.hexdigest()[:16])
        return left_out

    def _write(self, signal: str, day: Day, digest: str) -> None:
        name = f"culpa-{_clock(day.first_ns)}-{_clock(day.last_ns)}-{digest}.parquet"

        def write(file: Any) -> None:
            _parquet.write_table(day.rows, file, compression="zstd", compression_level=6, row_group_size=_GROUP_ROWS)

        self._place.write(f"{signal}/date={day.name or 'other'}/{name}", write)

    def close(self) -> None:
        """Hold nothing."""


def _clock(ns: int) -> str:
    return datetime.fromtimestamp(ns // _S, UTC).strftime("%H%M%S")
