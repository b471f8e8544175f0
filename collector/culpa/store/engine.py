"""The seam between culpa and whatever holds its relations: a file, a directory, a running collector."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

#: Values that a query may be given by name (`$name`).
Parameter = str | int | float | bool | None | list[str]


class Store(Protocol):
    """A place that answers questions about `spans`, `exceptions`, `logs`, `access`, `verdicts`, …."""

    @property
    def where(self) -> str:
        """Return the place as the user named it."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> "pa.Table":
        """Answer one read-only SELECT.

        Errors: QueryRefused if it is something else, QueryFailed if the engine cannot answer it,
        StoreUnavailable or StoreRefused if a collector in between does not let it through.
        """
        ...

    def close(self) -> None:
        """Let go of the place. May be called twice."""
        ...
