"""The seam between this room and the collector that it runs beside."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from culpa.store import Parameter

if TYPE_CHECKING:
    import pyarrow as pa


class House(Protocol):
    """What is reached of a collector."""

    @property
    def onward(self) -> str:
        """Return the path of the file of destinations; '' for none."""
        ...

    @property
    def judgements(self) -> int:
        """Return how often traces were judged: the same number as before means that no verdict came since."""
        ...

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> "pa.Table":
        """Answer one SELECT. Errors: StoreError."""
        ...

    def add(self, rows: Mapping[str, Sequence[Mapping[str, object]]]) -> None:
        """Store rows by relation, all or none; durable when it returns. Errors: StoreError."""
        ...
