"""Keeps the store within its bounds: rows leave the hot file in time, and old ones leave the store.

What is to be done is planned by pure functions (`plan`), how it is done is the store's.
"""

from culpa.collector.keeper.bounds import Bounds
from culpa.collector.keeper.keeper import Keeper

__all__ = ["Bounds", "Keeper"]
