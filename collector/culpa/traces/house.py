"""The seam between this room and the collector that serves it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from culpa.store import Parameter

if TYPE_CHECKING:
    import pyarrow as pa


class House(Protocol):
    """What is reached of a collector. It is a `culpa.store.Store`; its methods wait, so they are called in threads."""

    @property
    def where(self) -> str:
        """Return the store's place, for people."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> "pa.Table":
        """Answer one SELECT. Errors: StoreError."""
        ...

    def close(self) -> None:
        """Let go of the store."""
        ...
