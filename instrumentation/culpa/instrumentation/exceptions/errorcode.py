"""Find the code that a database gave for an error: SQLSTATE, MySQL's errno, MongoDB's code, SQLite's name."""

import re
from collections.abc import Iterable, Mapping
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any, cast

#: Drivers whose exceptions carry MySQL's errno first; their SQLSTATE is often the empty HY000.
_MYSQL = frozenset({"pymysql", "MySQLdb", "mysql", "mariadb", "asyncmy"})
_POSTGRES = frozenset({"psycopg", "psycopg2", "psycopg_pool"})
#: Characters of an error's words that are looked at: libpq says it in the first lines.
_MOST_OF_WORDS = 4_096
_SQLSTATE = re.compile(r"^[0-9A-Z]{5}$")

#: libpq drops the SQLSTATE of a refused connection, so it is read from the server's (English) text.
#: Source: PostgreSQL 18, src/backend: postmaster/postmaster.c, utils/init/postinit.c, libpq/auth.c.
_CONNECT_TEXTS = tuple(
    (re.compile(text), code)
    for text, code in (
        (r"password authentication failed", "28P01"),
        (r"authentication failed for user|no pg_hba\.conf entry|role \"[^\"]*\" does not exist", "28000"),
        (r"role \"[^\"]*\" is not permitted to log in", "28000"),
        (r"database \"[^\"]*\" does not exist", "3D000"),
        (r"permission denied for database", "42501"),
        (r"remaining connection slots|too many (clients|connections)", "53300"),
        (r"the database system is (starting up|shutting down|in recovery mode|not yet accepting)", "57P03"),
        (r"the database system is not accepting connections", "57P03"),
        (r"terminating connection due to administrator command", "57P01"),
    )
)

#: Attributes that a class of C code computes without running any of the program's code.
_OF_C = (GetSetDescriptorType, MemberDescriptorType)


def plain_attribute(error: BaseException, name: str) -> object:
    """Return an attribute that an exception or its class holds, None else; a property of the program's is not run."""
    own: dict[str, object] = object.__getattribute__(error, "__dict__")
    if name in own:
        return own[name]
    for kind in type(error).__mro__:
        if name in kind.__dict__:
            found: object = kind.__dict__[name]
            return found.__get__(error) if isinstance(found, _OF_C) else found
    return None


def error_code(links: Iterable[BaseException]) -> str:
    """Return the code of the first exception of a chain, from its root, that has one; '' if none has."""
    for link in reversed(list(links)):
        code = _own_code(link)
        if code:
            return code
    return ""


def refused_write(reply: object) -> Mapping[str, Any] | None:
    """Return what MongoDB says of the first write that it refused in a command that it else accepted."""
    document = _document(reply)
    writes: list[Mapping[str, Any]] = list(document.get("writeErrors") or document.get("writeConcernErrors") or ())
    return writes[0] if writes else document.get("writeConcernError")


def _document(found: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], found) if isinstance(found, Mapping) else {}


def _own_code(error: BaseException) -> str:
    package = type(error).__module__.partition(".")[0]
    first: object = error.args[0] if error.args else None
    if package in _MYSQL and isinstance(first, int) and first > 0:
        return str(first)
    for name in ("sqlstate", "pgcode", "sqlite_errorname"):
        value = plain_attribute(error, name)
        if isinstance(value, str) and value:
            return value
    if package == "pymongo":
        return _mongodb(error)
    if package == "pyodbc" and isinstance(first, str) and _SQLSTATE.match(first):
        return first
    if package == "oracledb":
        full: object = getattr(first, "full_code", None)
        return full if isinstance(full, str) else ""
    if package in _POSTGRES and isinstance(first, str):
        return next((code for text, code in _CONNECT_TEXTS if text.search(first[:_MOST_OF_WORDS])), "")
    return ""


def _mongodb(error: BaseException) -> str:
    details: object = getattr(error, "details", None)
    code: object = (refused_write(details) or _document(details)).get("code") or getattr(error, "code", None)
    return str(code) if isinstance(code, int) else ""
