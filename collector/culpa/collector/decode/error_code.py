"""Find the code of an error: SQLSTATE, errno or a driver's number; '' rather than a guess."""

import errno
import re

_SQLSTATE = re.compile(r"(?=[A-Z]*\d)[0-9A-Z]{5}")
_ERRNO_NAMES = frozenset(errno.errorcode.values()) | {"ENOTFOUND", "EAI_AGAIN", "EAI_NONAME", "EAI_FAIL"}
_IN_TEXT = (
    # PDO on MySQL puts the server's number, which says more, behind a SQLSTATE that many share.
    re.compile(r"\bSQLSTATE\[[0-9A-Z]{5}\](?::[^:]*:)? \[?(?P<code>[1-4]\d{3})\b"),
    re.compile(r"\bSQLSTATE(?:\[| ?[:=] ?| )\(?(?P<code>[0-9A-Z]{5})\b"),
    re.compile(r"\(code: (?P<code>[0-9A-Z]{5})\)"),
    re.compile(r"\[Errno (?P<code>-?\d{1,5})\]"),
    re.compile(r"\bERROR (?P<code>[1-5]\d{3}) \([0-9A-Z]{5}\)|^Error (?P<go>[1-4]\d{3})(?: \([0-9A-Z]{5}\))?: "),
    # (1146, "Table …"): how MySQL drivers of Python show their two arguments
    re.compile(r"(?:^|[\s(])\((?P<code>[1-5]\d{3}), ?[\"']"),
    re.compile(r"\b(?P<code>SQLITE_[A-Z_]{3,30})\b"),
    re.compile(r"\bORA-(?P<code>\d{5})\b"),
    # Npgsql begins its message with it.
    re.compile(r"\A(?P<code>(?=[A-Z]*\d)[0-9A-Z]{5}): "),
    # Elixir: ERROR 42P01 (undefined_table) …, (1146) (ER_NO_SUCH_TABLE) …
    re.compile(r"\AERROR (?P<code>[0-9A-Z]{5}) \([a-z_]+\)|\A\((?P<my>[1-5]\d{3})\) \(ER_"),
    # SQL Server, as .NET prints it behind the stack
    re.compile(r"\bError Number:(?P<code>-?\d{1,5}),State:"),
    re.compile(r"\berror code (?P<code>P[12]\d{3})\b|\b(?P<prisma>P[12]\d{3}): "),
)

_WORD = re.compile(r"\bE[A-Z_]{3,14}\b")
# Classes that PostgreSQL's drivers name after the condition (psycopg, asyncpg, Ruby's PG). Source:
# PostgreSQL, appendix A.
_CONDITIONS = {
    "UniqueViolation": "23505",
    "ForeignKeyViolation": "23503",
    "NotNullViolation": "23502",
    "CheckViolation": "23514",
    "ExclusionViolation": "23P01",
    "StringDataRightTruncation": "22001",
    "NumericValueOutOfRange": "22003",
    "InvalidDatetimeFormat": "22007",
    "DivisionByZero": "22012",
    "InvalidTextRepresentation": "22P02",
    "InvalidAuthorizationSpecification": "28000",
    "InvalidPassword": "28P01",
    "InvalidCatalogName": "3D000",
    "SerializationFailure": "40001",
    "DeadlockDetected": "40P01",
    "InFailedSqlTransaction": "25P02",
    "ReadOnlySqlTransaction": "25006",
    "IdleInTransactionSessionTimeout": "25P03",
    "InsufficientPrivilege": "42501",
    "SyntaxError": "42601",
    "UndefinedColumn": "42703",
    "UndefinedFunction": "42883",
    "UndefinedTable": "42P01",
    "DuplicateTable": "42P07",
    "DatatypeMismatch": "42804",
    "GroupingError": "42803",
    "UndefinedParameter": "42P02",
    "InvalidSchemaName": "3F000",
    "DiskFull": "53100",
    "OutOfMemory": "53200",
    "TooManyConnections": "53300",
    "LockNotAvailable": "55P03",
    "ObjectNotInPrerequisiteState": "55000",
    "QueryCanceled": "57014",
    "AdminShutdown": "57P01",
    "CrashShutdown": "57P02",
    "CannotConnectNow": "57P03",
    "UndefinedFile": "58P01",
    "DataCorrupted": "XX001",
    "InternalError_": "XX000",
}
_POSTGRES_CLASS = re.compile(r"(?:psycopg2?\.errors\.|asyncpg\.exceptions\.(?:_base\.)?|PG::)(\w+?)(?:Error)?\Z")


def find_error_code(exception_types: tuple[str, ...], texts: tuple[str, ...]) -> str:
    """Return the first code that the types or messages tell, best known first."""
    for name in exception_types:
        if is_code(name):
            return name
    for text in texts:
        for pattern in _IN_TEXT:
            match = pattern.search(text)
            if match:
                return next(code for code in match.groups() if code)
    for name in exception_types:
        match = _POSTGRES_CLASS.search(name)
        if match and (match[1] in _CONDITIONS or match[1] + "Error" in _CONDITIONS):
            return _CONDITIONS.get(match[1]) or _CONDITIONS[match[1] + "Error"]
    for text in texts:
        for match in _WORD.finditer(text):
            if match.group() in _ERRNO_NAMES:
                return match.group()
    return ""


def is_code(text: str) -> bool:
    """Tell whether a type's name is really a code, as Node's drivers put it there."""
    return bool(_SQLSTATE.fullmatch(text)) or text in _ERRNO_NAMES
