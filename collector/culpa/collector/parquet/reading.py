"""A Parquet folder opened as a store: what a question is about is copied into a local file, and answered of it.

An entry point of `culpa.stores`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from culpa.collector.abroad.store import CopiedStore
    from culpa.store import DuckDBStore

_ADVICE = "`culpa judge --store parquet://… --into FILE`, and again from where it ended; all commands read such a file"


def open_there(where: str) -> "CopiedStore":
    """Open a folder for reading, by its address. Errors: StoreError."""
    from culpa.collector.abroad.library import needed_to
    from culpa.collector.parquet.address import address_of

    address = address_of(where)
    with needed_to(f"read {address}", "collector"):
        from culpa.collector.abroad.copies import Copies
        from culpa.collector.abroad.judging import JudgedHere
        from culpa.collector.abroad.store import CopiedStore, logger
        from culpa.collector.abroad.traffic import Traffic
        from culpa.collector.parquet.there import ParquetFolder
    there = ParquetFolder(address, logger.warning)

    def copies(store: "DuckDBStore") -> Copies:
        return Copies(store, there, JudgedHere(store, there, _ADVICE), Traffic(store, there))

    return CopiedStore(there, address.since, copies)
