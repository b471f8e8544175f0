"""Which of the user's own files are known, for as long as something runs."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def chosen(places: Mapping[str, Path | None]) -> Generator[None]:
    """Let whoever asks for these environment variables find these places; None leaves what is there.

    Settlers are found by entry point and called with a store alone; the environment is how they hear of it.
    """
    wanted = {name: str(path) for name, path in places.items() if path}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
