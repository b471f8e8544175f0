"""What is said where a library is not installed that another system takes."""

from collections.abc import Generator
from contextlib import contextmanager

from culpa.store import NotAStore


@contextmanager
def needed_to(what: str, extra: str) -> Generator[None]:
    """Say which extra to install where a library is missing. Errors: NotAStore."""
    try:
        yield
    except ModuleNotFoundError as missing:
        library = (missing.name or "").partition(".")[0]
        raise NotAStore(f"to {what} takes {library}: pip install 'culpa[{extra}]'") from missing
