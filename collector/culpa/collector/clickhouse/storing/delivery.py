"""Write one export after the other into a ClickHouse."""

import json
from collections.abc import Sequence
from hashlib import md5

from culpa.collector.abroad.rows import Row, rows_of
from culpa.collector.clickhouse.address import Address
from culpa.collector.clickhouse.client import Client, Held
from culpa.collector.clickhouse.storing.schema import ddl
from culpa.store import NotAStore


class Delivery:
    """Writes into the tables of one address. For one thread."""

    #: Nothing is gathered: ClickHouse merges what is small.
    gather_s = 0.0

    def __init__(self, address: Address) -> None:
        """Connect to nobody yet."""
        self._address = address
        self._there = Held(address)
        self._columns: dict[str, dict[str, str]] = {}

    @property
    def where(self) -> str:
        """Return the address, without its password."""
        return str(self._address)

    def post(self, some: Sequence[tuple[str, bytes, bool]]) -> list[str]:
        """Write exports: signal, body, and whether it is JSON; they are there when this returns.

        Metrics have no table, and are passed over. Return why others were left out. Errors: StoreError.
        """
        left_out: list[str] = []
        try:
            client = self._there.client()
            for signal, table in (("traces", self._address.traces), ("logs", self._address.logs)):
                if bodies := [(body, is_json) for kind, body, is_json in some if kind == signal]:
                    self._write(client, signal, table, bodies, left_out)
        except NotAStore as missing:
            self.close()
            made = ddl(self._address.database, self._address.traces, self._address.logs)
            raise NotAStore(f"{missing}; or make them: {'; '.join(' '.join(one.split()) for one in made)}") from missing
        except BaseException:
            self.close()
            raise
        return left_out

    def _write(
        self, client: Client, signal: str, table: str, bodies: Sequence[tuple[bytes, bool]], left_out: list[str]
    ) -> None:
        columns = self._columns.get(table) or client.describe(table)
        self._columns[table] = columns
        is_nested = columns.get("ResourceAttributes", "").startswith(("JSON", "Object("))
        lines: list[str] = []
        token = md5(usedforsecurity=False)
        for body, is_json in bodies:
            token.update(body)
            try:
                rows = rows_of(signal, body, is_json=is_json, is_nested=is_nested)
            except ValueError as error:
                left_out.append(str(error))
            else:
                lines += (_line(row) for row in rows)
        if lines:
            client.insert_lines(table, "\n".join(lines).encode("utf-8", "replace"), token.hexdigest())

    def close(self) -> None:
        """Let go of the connection."""
        self._columns = {}
        self._there.let_go()


def _line(row: Row) -> str:
    timed: Row = {"Timestamp": _time(row["Timestamp"])}
    if "Events.Timestamp" in row:
        timed["Events.Timestamp"] = [_time(ns) for ns in row["Events.Timestamp"]]
    return json.dumps(row | timed, ensure_ascii=False)


def _time(ns: int) -> str:
    """Return a time as ClickHouse reads it whole: seconds since 1970 with their fraction."""
    return f"{ns // 1_000_000_000}.{ns % 1_000_000_000:09}"
