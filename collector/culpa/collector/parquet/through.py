"""A file system of Arrow as DuckDB takes it: by way of fsspec."""

from importlib import import_module
from typing import Any

from pyarrow.fs import FileSystem

#: Names of files begin so for DuckDB.
SCHEME = "culpa"
#: fsspec has no types.
_Wrapper: Any = import_module("fsspec.implementations.arrow").ArrowFSWrapper


class Through(_Wrapper):  # type: ignore[misc]
    """Hands what DuckDB asks on to a file system of Arrow."""

    protocol = SCHEME
    #: Another place has other keys, and must not be given this one's.
    cachable = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.partition("://")[2] or path


def through(files: FileSystem) -> Any:
    """Return a file system of Arrow for DuckDB to register."""
    return Through(files)
