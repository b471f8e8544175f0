"""Shut an engine in with the segment that it opened: a segment may come from a stranger, and its views run as ours."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

#: Set before the first view of a segment is bound. The files of the segment itself stay open to the engine.
_SHUT = (
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    # A name that no relation has would be looked up among our own variables.
    "set python_enable_replacements = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def shut_in(connection: duckdb.DuckDBPyConnection, folder: Path | None = None, paths: Sequence[str] = ()) -> None:
    """Forbid every way out of what is attached for all cursors of this instance, for good.

    `folder` stays open to it, and these paths, which may be names of a file system of ours.

    Source: each way was tried against DuckDB 1.5 and 2.0: files, globs, `attach`, `copy`, extensions, settings.
    """
    if folder:
        connection.execute("set allowed_directories = [$folder]", {"folder": f"{folder.resolve()}/"})
    if paths:
        connection.execute("set allowed_paths = $paths", {"paths": list(paths)})
    for statement in _SHUT:
        connection.execute(statement)


def reaches_out(error: duckdb.Error) -> bool:
    """Say whether something of the segment wanted to reach outside of it."""
    return isinstance(error, duckdb.PermissionException)
