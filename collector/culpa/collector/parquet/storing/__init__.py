"""Telemetry as OTLP, written into Parquet files with the columns of the OpenTelemetry Collector's ClickHouse exporter.

An entry point of `culpa.deliveries`: what is sent onward reaches a folder by it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from culpa.collector.parquet.storing.delivery import Delivery


def open_delivery(url: str) -> "Delivery":
    """Return what writes into the folder at an address; nothing is written yet. Errors: StoreError for no address."""
    from culpa.collector.parquet.address import address_of
    from culpa.collector.parquet.storing.delivery import Delivery

    return Delivery(address_of(url))


__all__ = ["open_delivery"]
