"""The seam between this room and the collector that it runs beside."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from culpa.store import Parameter

if TYPE_CHECKING:
    import pyarrow as pa


class Listener(Protocol):
    """Called where bodies are committed: it returns at once, and calls `done` as soon as the body is safe with it."""

    def __call__(self, signal: Any, body: bytes, done: Callable[[], None], *, is_json: bool) -> None:
        """Take a body that is stored."""
        ...


class House(Protocol):
    """What is reached of a collector."""

    @property
    def onward(self) -> str:
        """Return the path of the file of destinations; '' for none."""
        ...

    @property
    def stored_at(self) -> str:
        """Return the address of the system that keeps what is received; '' where the collector does itself."""
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

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of each body of OTLP that is taken from now on; a sender is answered after its word."""
        ...

    def redacted(self, signal: str, body: bytes, *, is_json: bool) -> bytes:
        """Return a body of OTLP without secrets. Errors: ValueError for what cannot be read."""
        ...

    def folder(self, name: str) -> Path:
        """Return a folder beside the store's files for one's own; it is made where it is not there."""
        ...

    def measure(self, collector: Any) -> None:
        """Have what a collector of Prometheus' client measures shown by `/metrics`, too."""
        ...
