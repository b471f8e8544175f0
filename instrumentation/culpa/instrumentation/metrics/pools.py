"""How full the pools of connections are. Each pool's hook tells how to read it; a pool is never kept alive."""

import time
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from culpa.instrumentation.report import guarded

_GAVE_UP = "_culpa_gave_up"
#: Seconds within which callbacks belong to one collection.
_SAME_LOOK_S = 0.05
_NAME, _STATE = "db.client.connection.pool.name", "db.client.connection.state"


@dataclass(frozen=True)
class PoolState:
    """One look at a pool; a number below 0 is not known, a largest size of 0 means without bound."""

    name: str
    used: int
    idle: int = -1
    largest: int = 0
    waiting: int = -1


def pool_name(address: Mapping[str, object]) -> str:
    """Return the name of a pool of connections to an address, as `database_address` tells it."""
    return f"{address.get('server.address', '')}:{address.get('server.port', '')}/{address.get('db.namespace', '')}"


#: Identity of an object to a weak reference to it and how its pool is read.
_watched: dict[int, tuple[weakref.ref[Any], Callable[[Any], PoolState | None]]] = {}


@guarded("watching a pool")
def watch(owner: Any, look: Callable[[Any], PoolState | None]) -> None:
    """Measure a pool from now on, as long as its owner lives."""
    key = id(owner)
    _watched[key] = (weakref.ref(owner, lambda _: _watched.pop(key, None)), look)


@guarded("noting who gave up waiting for a pool")
def gave_up(pool: Any) -> None:
    """Note that a request waited for a connection in vain: at the next look it counts as one that waits."""
    pool.__dict__[_GAVE_UP] = pool.__dict__.get(_GAVE_UP, 0) + 1


def waiting(pool: Any, now: int) -> int:
    """Return how many wait at this moment or gave up since the last look."""
    return now + int(pool.__dict__.pop(_GAVE_UP, 0))


def states() -> list[PoolState]:
    """Look at every pool; several of one name (a pool per worker thread, say) are shown as one."""
    found: dict[str, PoolState] = {}
    for reference, look in list(_watched.values()):
        owner = reference()
        one = guarded("reading a pool")(look)(owner) if owner is not None else None
        if one is not None:
            found[one.name] = _sum(found[one.name], one) if one.name in found else one
    return list(found.values())


def _sum(one: PoolState, other: PoolState) -> PoolState:
    return PoolState(
        one.name,
        one.used + other.used,
        one.idle + other.idle if one.idle >= 0 and other.idle >= 0 else -1,
        one.largest + other.largest if one.largest and other.largest else 0,
        one.waiting + other.waiting if one.waiting >= 0 and other.waiting >= 0 else -1,
    )


class _Observers:
    """The three metrics of one look: each collection asks for them one after the other."""

    def __init__(self) -> None:
        self._states: list[PoolState] = []
        self._until_s = 0.0

    def _look(self) -> list[PoolState]:
        now = time.monotonic()
        if now > self._until_s:
            self._states, self._until_s = states(), now + _SAME_LOOK_S
        return self._states

    def counts(self, _: CallbackOptions) -> Iterable[Observation]:
        """Return used and idle connections."""
        for state in self._look():
            yield Observation(state.used, {_NAME: state.name, _STATE: "used"})
            if state.idle >= 0:
                yield Observation(state.idle, {_NAME: state.name, _STATE: "idle"})

    def largest(self, _: CallbackOptions) -> Iterable[Observation]:
        """Return the bounds."""
        return (Observation(state.largest, {_NAME: state.name}) for state in self._look() if state.largest)

    def waiting(self, _: CallbackOptions) -> Iterable[Observation]:
        """Return the requests that wait."""
        return (Observation(state.waiting, {_NAME: state.name}) for state in self._look() if state.waiting >= 0)


def observe(meter: Meter) -> None:
    """Register what is measured."""
    of = _Observers()
    meter.create_observable_gauge("db.client.connection.count", [of.counts], "{connection}")
    meter.create_observable_gauge("db.client.connection.max", [of.largest], "{connection}")
    meter.create_observable_gauge("db.client.connection.pending_requests", [of.waiting], "{request}")
