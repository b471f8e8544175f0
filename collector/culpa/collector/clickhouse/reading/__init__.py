"""A ClickHouse opened as a store: what a question is about is copied from there into a local file, and answered of it.

So every question is the same text as everywhere, and asked there is for verdicts, failing traces and counts alone.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from culpa.collector.abroad.store import CopiedStore


def open_there(where: str) -> "CopiedStore":
    """Open a ClickHouse for reading, by its address. Errors: StoreError."""
    from culpa.collector.abroad.library import needed_to
    from culpa.collector.clickhouse.address import address_of

    address = address_of(where)
    with needed_to(f"read {address}", "clickhouse"):
        from culpa.collector.clickhouse.reading.store import opened

        return opened(address)


__all__ = ["open_there"]
