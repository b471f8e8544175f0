"""Tables of telemetry as questions see them: with the columns of the exporter, whatever they are made of."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Table(NamedTuple):
    """A table: its name, its columns with their types, and what stands for it in SQL."""

    name: str
    columns: Mapping[str, str]
    source: str
    quick: Mapping[str, str] = MappingProxyType({})  # attributes of spans that need not be looked for in a map, as text


class Tables(NamedTuple):
    """What a database holds."""

    traces: Table
    logs: Table | None  # None where there are none, or none that can be read
