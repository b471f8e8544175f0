"""How late the event loop is: code that blocks it makes every request of the process wait."""

import time
from collections.abc import Iterable
from typing import Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation

_EVERY_S = 0.5


class _Pulse:
    """A timer in the loop; whoever asks learns how late it was at worst, also while the loop is still blocked."""

    def __init__(self, loop: Any) -> None:
        self.loop = loop
        self._worst_s = 0.0
        self._set()

    def _set(self) -> None:
        self._due_s = time.monotonic() + _EVERY_S
        self.loop.call_later(_EVERY_S, self._beat)

    def _beat(self) -> None:
        self._worst_s = max(self._worst_s, time.monotonic() - self._due_s)
        self._set()

    def worst_s(self) -> float:
        """Return the worst delay since this was last asked."""
        found = max(self._worst_s, time.monotonic() - self._due_s, 0.0)
        self._worst_s = 0.0
        return found


_pulses: list[_Pulse] = []


def watch(loop: Any) -> None:
    """Measure a running loop, from inside of it; once each, and the latest only."""
    if not _pulses or _pulses[0].loop is not loop:
        _pulses[:] = [_Pulse(loop)]


def observe(meter: Meter) -> None:
    """Register what is measured."""
    meter.create_observable_gauge("asyncio.eventloop.delay.max", [_delay], "s")


def _delay(_: CallbackOptions) -> Iterable[Observation]:
    for pulse in _pulses:
        if pulse.loop.is_running():
            yield Observation(pulse.worst_s())
