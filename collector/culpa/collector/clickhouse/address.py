"""Where a ClickHouse is, and as whom it is asked; a password is never shown."""

import os
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from culpa.store import NotAStore

#: The schemes, and the ports of their HTTP interfaces.
PORTS = {"clickhouse": 8123, "clickhouses": 8443, "chdb": 0}
_TABLES = {"traces": "otel_traces", "logs": "otel_logs"}
_FORM = "write clickhouse://user@host:8123/database, or clickhouses://… for TLS, with the password in "
PASSWORD = "CULPA_CLICKHOUSE_PASSWORD"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Address:
    """A database of a ClickHouse, or of a folder that chDB keeps."""

    scheme: str
    host: str  # of chDB the folder
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    traces: str  # names of the tables
    logs: str
    since: str = ""  # how far back it is read where nobody says: a duration or a time

    def __str__(self) -> str:
        """Return the address without a password."""
        if self.scheme == "chdb":
            return f"chdb://{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{self.user}@{host}:{self.port}/{self.database}"

    def hide(self, text: str) -> str:
        """Return a text without the password, whoever wrote it there."""
        return text.replace(self.password, "…") if self.password else text


def address_of(where: str) -> Address:
    """Read an address: `clickhouse://user:password@host:port/database?traces=otel_traces&logs=otel_logs&since=1h`.

    Errors: NotAStore, which does not repeat the password.
    """
    try:
        parts = urlsplit(where)
        port = parts.port
        asked = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        # What was written may hold a password in a place where nobody looks for one.
        raise NotAStore(f"that is no address of a ClickHouse; {_FORM}{PASSWORD}") from None
    scheme = parts.scheme.lower()
    is_folder = scheme == "chdb"
    if scheme not in PORTS or not (parts.path if is_folder else parts.hostname):
        raise NotAStore(f"that is no address of a ClickHouse; {_FORM}{PASSWORD}")
    if strange := sorted(asked.keys() - _TABLES.keys() - {"since"}):
        raise NotAStore(
            f"an address of a ClickHouse has no {strange[0]!r}; there are {' and '.join(_TABLES)}, names of "
            "tables, and since, a time"
        )
    tables = _TABLES | asked
    return Address(
        scheme,
        unquote(parts.path) if is_folder else parts.hostname or "",
        port or PORTS[scheme],
        unquote(parts.username or "default"),
        unquote(parts.password or "") or os.environ.get(PASSWORD, ""),
        "default" if is_folder else unquote(parts.path.strip("/")) or "default",
        tables["traces"],
        tables["logs"],
        asked.get("since", ""),
    )
