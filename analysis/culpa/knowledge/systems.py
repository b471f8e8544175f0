"""The systems that a service may call: their kind, names, ports, and how their addresses are written."""

from dataclasses import dataclass
from functools import cache

from culpa.knowledge.tables import table


@dataclass(frozen=True, slots=True)
class System:
    """One system. `kind` is database, cache, queue or upstream; `protocol`, `scheme` are '' where there is none.

    `processes` are how the names of its processes begin.
    """

    name: str
    kind: str
    aliases: tuple[str, ...]
    ports: tuple[int, ...]
    scheme: str
    protocol: str
    processes: tuple[str, ...]


@cache
def systems() -> dict[str, System]:
    """Return every system by its name."""
    return {
        row["system"]: System(
            row["system"],
            row["kind"],
            tuple(row["aliases"].split()),
            tuple(map(int, row["ports"].split())),
            row["scheme"],
            row["protocol"],
            tuple(row["processes"].split()),
        )
        for row in table("systems")
    }


@cache
def names_by_alias() -> dict[str, str]:
    """Return what OpenTelemetry calls today what others call by another name."""
    return {alias: system.name for system in systems().values() for alias in system.aliases}


@cache
def names_by_any_name() -> dict[str, str]:
    """Return the name of each system by that itself, and by its aliases."""
    return {own: own for own in systems()} | names_by_alias()


@cache
def names_by_port() -> dict[int, str]:
    """Return the system that listens at a port unless someone chose otherwise."""
    return {port: system.name for system in systems().values() for port in system.ports}


def protocol_of(name: str) -> str:
    """Return whose protocol a system speaks, '' where that is not known."""
    system = systems().get(name)
    return system.protocol if system else ""


def scheme_of(name: str) -> str:
    """Return the scheme of a system's addresses, '' where they are written as a database's, or are not known."""
    system = systems().get(name)
    return system.scheme if system else ""
