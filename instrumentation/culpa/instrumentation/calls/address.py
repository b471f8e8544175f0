"""Read where a driver was told to connect from the arguments of its connect function. No password is kept."""

import os
import sys
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from culpa.instrumentation.report import guarded

Address = dict[str, str | int]


def database_address(system: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Address:
    """Return db.system.name, server.address, server.port and db.namespace as far as the arguments tell."""
    found: Address = {"db.system.name": system}
    reader = {"postgresql": _postgresql, "mysql": _mysql, "mariadb": _mysql, "sqlite": _sqlite}.get(system, _keywords)
    found.update(_read(reader, args, kwargs) or {})
    return found


@guarded("reading a database's address")
def _read(reader: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Address:
    host, port, namespace = reader(args, kwargs)
    found: Address = {}
    if host:
        found["server.address"] = _text(host).split(",")[0]
    first = _text(port or "").split(",")[0]
    if first.isdigit():
        found["server.port"] = int(first)
    if namespace:
        found["db.namespace"] = _text(namespace)
    return found


def _postgresql(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    text = args[0] if args and isinstance(args[0], str) else kwargs.get("conninfo") or kwargs.get("dsn") or ""
    named = dict(_conninfo(text)) | {key: value for key, value in kwargs.items() if value is not None}
    host = named.get("host") or named.get("hostaddr") or os.environ.get("PGHOST")
    port = named.get("port") or os.environ.get("PGPORT") or 5432
    name = named.get("dbname") or named.get("database") or os.environ.get("PGDATABASE") or named.get("user")
    return host, port, name


def _conninfo(text: str) -> Mapping[str, Any]:
    """Split a libpq connection string, by the driver's own parser where one is loaded."""
    if not text:
        return {}
    psycopg = sys.modules.get("psycopg.conninfo")
    if psycopg is not None:
        return psycopg.conninfo_to_dict(text)  # type: ignore[no-any-return]  # the driver may be any version
    psycopg2 = sys.modules.get("psycopg2.extensions")
    if psycopg2 is not None:
        return psycopg2.parse_dsn(text)  # type: ignore[no-any-return]
    return _url(text)


def _url(text: str) -> dict[str, Any]:
    parts = urlsplit(text)
    return {"host": parts.hostname, "port": parts.port, "dbname": unquote(parts.path.lstrip("/"))}


def _mysql(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    # mysqlclient takes (host, user, passwd, db, port) by position; PyMySQL only by name.
    positional = dict(zip(("host", "user", "passwd", "db", "port"), args, strict=False))
    named = positional | dict(kwargs)
    if named.get("unix_socket"):
        return named["unix_socket"], "", named.get("database") or named.get("db")
    return (
        named.get("host") or "localhost",
        named.get("port") or 3306,
        named.get("database") or named.get("db"),
    )


def _sqlite(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    # Beyond the file, connect's eighth argument says whether that is a URI.
    is_uri = args[7] if len(args) > 7 else kwargs.get("uri", False)
    return "", "", sqlite_file(args[0] if args else kwargs.get("database"), is_uri=bool(is_uri))


def sqlite_file(database: Any, *, is_uri: bool = False) -> str:
    """Return the absolute path of a file as sqlite3 opens it, `:memory:` as it is, '' for a file without name."""
    name = "" if database is None else _text(database)
    if is_uri and name.startswith("file:"):
        path, _, query = name.removeprefix("file:").partition("#")[0].partition("?")
        name = ":memory:" if "mode=memory" in query.split("&") else unquote(urlsplit(path).path)
    return name if name in ("", ":memory:") else os.path.abspath(name)  # noqa: PTH100  # resolves no links, as sqlite3


def _keywords(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return kwargs.get("host"), kwargs.get("port"), kwargs.get("database") or kwargs.get("dbname")


def _text(value: Any) -> str:
    raw = os.fsdecode(cast(os.PathLike[str], value)) if isinstance(value, os.PathLike) else value
    return raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw)
