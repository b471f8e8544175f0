"""Long sweeps: an everyday run takes some of their cases, `make thorough` (CULPA_THOROUGH=1) all of them."""

import os
from collections.abc import Sequence
from typing import TypeVar

#: Whether all cases are wanted.
IS_THOROUGH = bool(os.environ.get("CULPA_THOROUGH"))

Case = TypeVar("Case")


def some(cases: Sequence[Case], at_most: int) -> list[Case]:
    """Return at most so many of the cases, evenly spread and the first among them; all of them in a thorough run."""
    if IS_THOROUGH or len(cases) <= at_most:
        return list(cases)
    return list(cases[:: -(-len(cases) // at_most)])
