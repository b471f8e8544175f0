"""The moment of a house that holds no picture of its store: each question is answered of what is there then."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Unheld:
    """Nothing is held, and so nothing let go."""

    async def let_go(self) -> None:
        """Do nothing."""


@asynccontextmanager
async def unheld() -> AsyncGenerator[Unheld]:
    """Do nothing around the block."""
    yield Unheld()
