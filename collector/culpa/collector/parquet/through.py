"""A file system of Arrow as DuckDB takes it: by way of fsspec."""

from typing import Any

from fsspec.implementations.arrow import ArrowFSWrapper  # type: ignore[import-untyped]  # it has no types
from pyarrow.fs import FileSystem


class Through(ArrowFSWrapper):  # type: ignore[misc]  # fsspec has no types
    """Hands what DuckDB asks on to a file system of Arrow."""

    #: A name of a file begins so for DuckDB.
    protocol = "culpa"
    #: Another place has other keys, and must not be given this one's.
    cachable = False

    def __init__(self, files: FileSystem, scheme: str, **options: Any) -> None:
        """Take the file system."""
        super().__init__(files, **options)
        self.protocol = scheme

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.partition("://")[2] or path
