"""The one seam to a ClickHouse: what is asked of it, and what its errors mean to whoever asked."""

import logging
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from culpa.collector.clickhouse.address import PASSWORD, Address
from culpa.store import NotAStore, StoreError, StoreRefused, StoreUnavailable

if TYPE_CHECKING:
    from types import ModuleType

Parameter = int | str | Sequence[str]
_QUERY_ID = re.compile(r"\??query_id=[0-9a-f-]+")

#: A question takes this long at most, and an answer comes in blocks of so many rows.
_LIMITS = {"max_execution_time": 60, "max_block_size": 2_000}
_CONNECT_S = 10
#: ClickHouse's numbers of errors, and what to do about them. Source: ErrorCodes.cpp.
_ADVICE: Mapping[int, tuple[type[StoreError], str]] = {
    60: (NotAStore, "name the tables with ?traces=…&logs=… if they have other names"),
    81: (NotAStore, "name the database behind the host: clickhouse://user@host:8123/otel"),
    497: (StoreRefused, "grant it: GRANT SELECT ON {database}.* TO {user}"),
    516: (StoreRefused, f"check the user, and the password in {PASSWORD}"),
    159: (StoreRefused, "ask for less time with --since and --until"),
    160: (StoreRefused, "ask for less time with --since and --until"),
    241: (StoreRefused, "ask for less time with --since and --until"),
    307: (StoreRefused, "ask for less time with --since and --until"),
    396: (StoreRefused, "ask for less time with --since and --until"),
    202: (StoreUnavailable, "it is busy; try again"),
}


class Client(Protocol):
    """A ClickHouse that is asked. Errors of all: StoreError, StoreUnavailable where asking again may help."""

    address: Address

    def describe(self, table: str) -> dict[str, str]:
        """Return the types of a table's columns by name. Errors: NotAStore if it is not there."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter]) -> Iterator[list[dict[str, Any]]]:
        """Yield an answer's rows block by block; text is bytes."""
        ...

    def table(self, sql: str, parameters: Mapping[str, Parameter]) -> pa.Table:
        """Return an answer of which all text is UTF-8."""
        ...

    def run(self, sql: str, parameters: Mapping[str, Parameter]) -> None:
        """Run a statement that makes a table, or fills one from another."""
        ...

    def insert(self, table: str, rows: pa.Table) -> None:
        """Append rows to a table."""
        ...

    def insert_lines(self, table: str, lines: bytes, token: str) -> None:
        """Append JSON lines to a table; of one that knows tokens, what was there under the same one stays as it is."""
        ...


@contextmanager
def connected(address: Address) -> Generator[Client]:
    """Connect to a ClickHouse for a while.

    Errors: StoreUnavailable, StoreRefused; ModuleNotFoundError without the extra `clickhouse`.
    """
    from clickhouse_connect import common, driver
    from clickhouse_connect.driver import exceptions

    # What it logs of an error is told here, and once.
    for name in ("clickhouse_connect", "urllib3.connectionpool"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # A user who may only read may set nothing: a limit that cannot be set is the server's own.
    common.set_setting("invalid_setting_action", "drop")
    # Its types are known in part only.
    create: Callable[..., Any] = vars(driver)["create_client"]
    with _told(exceptions, address):
        if address.scheme == "chdb":
            client = create(dsn=f"chdb:///{address.host}")
        else:
            client = create(
                host=address.host,
                port=address.port,
                username=address.user,
                password=address.password,
                database=address.database,
                interface="https" if address.scheme == "clickhouses" else "http",
                connect_timeout=_CONNECT_S,
                send_receive_timeout=_LIMITS["max_execution_time"] + _CONNECT_S,
                autogenerate_session_id=False,
            )
    try:
        yield _Connected(address, client, exceptions)
    finally:
        client.close()


class Held:
    """A connection that is made when it is asked for, and made anew after it was let go of."""

    def __init__(self, address: Address) -> None:
        """Connect to nobody yet."""
        self._address = address
        self._open = ExitStack()
        self._client: Client | None = None

    def client(self) -> Client:
        """Return the connection. Errors: as `connected`."""
        if self._client is None:
            self._client = self._open.enter_context(connected(self._address))
        return self._client

    def let_go(self) -> None:
        """Close the connection. May be called twice."""
        self._client = None
        self._open.close()


class _Connected:
    """A client of clickhouse-connect, over HTTP or of chDB."""

    def __init__(self, address: Address, client: Any, exceptions: "ModuleType") -> None:
        self.address = address
        self._client = client
        self._exceptions = exceptions

    def describe(self, table: str) -> dict[str, str]:
        with _told(self._exceptions, self.address):
            found = self._client.query_arrow(f"describe table {quoted_path(table)}", use_strings=True).to_pylist()
        return {str(row["name"]): str(row["type"]) for row in found}

    def query(self, sql: str, parameters: Mapping[str, Parameter]) -> Iterator[list[dict[str, Any]]]:
        asked = {"parameters": dict(parameters), "settings": dict(_LIMITS), "use_strings": False}
        with _told(self._exceptions, self.address), self._client.query_arrow_stream(sql, **asked) as blocks:
            for block in blocks:
                yield block.to_pylist()

    def table(self, sql: str, parameters: Mapping[str, Parameter]) -> pa.Table:
        asked = {"parameters": dict(parameters), "settings": dict(_LIMITS), "use_strings": True}
        with _told(self._exceptions, self.address):
            found: pa.Table = self._client.query_arrow(sql, **asked)
            return found

    def run(self, sql: str, parameters: Mapping[str, Parameter]) -> None:
        with _told(self._exceptions, self.address):
            self._client.command(sql, parameters=dict(parameters))

    def insert(self, table: str, rows: pa.Table) -> None:
        with _told(self._exceptions, self.address):
            self._client.insert_arrow(table, rows)

    def insert_lines(self, table: str, lines: bytes, token: str) -> None:
        settings = {"insert_deduplication_token": token, "input_format_skip_unknown_fields": 1}
        with _told(self._exceptions, self.address):
            self._client.raw_insert(table, insert_block=lines, fmt="JSONEachRow", settings=settings)


def has_columns(client: Client, table: str, needed: Iterable[str]) -> bool:
    """Say whether a table lies there that has all of these columns. Errors: StoreError."""
    try:
        return client.describe(table).keys() >= set(needed)
    except NotAStore:
        return False


def ddl_of(database: str, table: str, columns: Mapping[str, str], kept: str) -> str:
    """Return the statement that makes a table of ours; `kept` says which rows stay, in what order and how long."""
    written = ",\n".join(f"    {name} {kind}" for name, kind in columns.items())
    return (
        f"CREATE TABLE IF NOT EXISTS {quoted(database)}.{quoted(table)} (\n{written}\n"
        f") ENGINE = ReplacingMergeTree{kept}"
    )


def quoted(name: str) -> str:
    """Return a name as ClickHouse's SQL writes it."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def quoted_path(name: str) -> str:
    """Return the name of a table as ClickHouse's SQL writes it; before a dot stands the name of its database."""
    return ".".join(quoted(part) for part in name.split("."))


@contextmanager
def _told(exceptions: "ModuleType", address: Address) -> Generator[None]:
    """Say what an error means, without the password and without the statement."""
    try:
        yield
    except exceptions.OperationalError as error:
        if code_of(str(error)):
            raise trouble(address, error) from None
        raise StoreUnavailable(
            f"{address} does not answer: {_short(address, error)}; check that it runs, the host, and the port "
            "of HTTP (8123, with TLS 8443)"
        ) from None
    except exceptions.Error as error:
        raise trouble(address, error) from None


def trouble(address: Address, error: Exception) -> StoreError:
    """Return the error that says what a ClickHouse's error means, and what to do."""
    kind, advice = _ADVICE.get(code_of(str(error)), (StoreRefused, ""))
    said = f"{address} refused: {_short(address, error)}"
    return kind(f"{said}; {advice.format(database=address.database, user=address.user)}" if advice else said)


def code_of(text: str) -> int:
    """Return the number of an error of ClickHouse, 0 where its text has none."""
    _, found, rest = text.partition("ode: ")
    digits = rest[:6].partition(".")[0].partition(",")[0].strip() if found else ""
    return int(digits) if digits.isdecimal() else 0


def _short(address: Address, error: Exception) -> str:
    # The same error is the same text the next time, too.
    line = _QUERY_ID.sub("", " ".join(address.hide(str(error)).split()))
    return line if len(line) <= 300 else line[:300] + "…"
