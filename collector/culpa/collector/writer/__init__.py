"""The one way of rows into the store: what it holds already is left out, the rest is durable before anybody is told.

A running collector hands its rows to the Writer, which commits them in groups; `culpa ingest` uses the same Additions.
"""

from typing import TYPE_CHECKING

from culpa.collector.writer.additions import Additions
from culpa.collector.writer.digests import digest_of
from culpa.instrumentation.late import late

if TYPE_CHECKING:
    from culpa.collector.writer.pending import Body
    from culpa.collector.writer.receipt import Receipt
    from culpa.collector.writer.writer import Writer
else:
    # They import the client of Prometheus, which `culpa ingest` has no use for.
    __getattr__, __dir__ = late(__name__, pending=["Body"], receipt=["Receipt"], writer=["Writer"])

__all__ = ["Additions", "Body", "Receipt", "Writer", "digest_of"]
