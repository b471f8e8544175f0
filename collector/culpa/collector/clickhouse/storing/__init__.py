"""Telemetry as OTLP, written into the tables of the OpenTelemetry Collector's ClickHouse exporter.

An entry point of `culpa.deliveries`: what is sent onward reaches a ClickHouse by it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from culpa.collector.clickhouse.storing.delivery import Delivery


def open_delivery(url: str) -> "Delivery":
    """Return what writes into the ClickHouse at an address; nobody is asked yet.

    Errors: StoreError for what is no address, and without the extra `clickhouse`.
    """
    from culpa.collector.abroad.library import needed_to
    from culpa.collector.clickhouse.address import address_of
    from culpa.collector.clickhouse.storing.delivery import Delivery

    # Who lacks it is told at the start.
    with needed_to(f"store in {url.partition('://')[0]}://", "clickhouse"):
        import_module("clickhouse_connect")
    return Delivery(address_of(url))


__all__ = ["open_delivery"]
