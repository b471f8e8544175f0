"""What is said where the library that speaks to a ClickHouse is not installed."""

from collections.abc import Generator
from contextlib import contextmanager

from culpa.store import NotAStore


@contextmanager
def needed_to(what: str) -> Generator[None]:
    """Say what to install where a library is missing. Errors: NotAStore."""
    try:
        yield
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        raise NotAStore(f"to {what} takes {library}: pip install 'culpa[clickhouse]'") from missing
