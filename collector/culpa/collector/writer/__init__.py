"""The one way of rows into the store: what it holds already is left out, the rest is durable before anybody is told.

A running collector hands its rows to the Writer, which commits them in groups; `culpa ingest` uses the same Additions.
"""

from culpa.collector.writer.additions import Additions
from culpa.collector.writer.digests import digest_of
from culpa.collector.writer.pending import Body
from culpa.collector.writer.receipt import Receipt
from culpa.collector.writer.writer import Writer

__all__ = ["Additions", "Body", "Receipt", "Writer", "digest_of"]
