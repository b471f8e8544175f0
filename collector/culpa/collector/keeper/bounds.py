"""How much is kept, and for how long."""

from dataclasses import dataclass
from typing import Self

from culpa.collector.settings import Settings

_DAY_NS = 86_400 * 10**9


@dataclass(frozen=True)
class Bounds:
    """Units: nanoseconds, bytes; `seal_quiet_s` seconds. 0 means without bound."""

    healthy_ns: int
    failing_ns: int
    verdicts_ns: int
    most_bytes: int
    free_bytes: int
    seal_rows: int
    seal_age_ns: int
    seal_quiet_s: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them out of the settings."""
        return cls(
            healthy_ns=settings.keep_healthy_days * _DAY_NS,
            failing_ns=settings.keep_failing_days * _DAY_NS,
            verdicts_ns=settings.keep_verdicts_days * _DAY_NS,
            most_bytes=settings.keep_bytes,
            free_bytes=settings.keep_free_bytes,
            seal_rows=settings.seal_rows,
            seal_age_ns=int(settings.seal_age_s * 10**9),
            seal_quiet_s=settings.seal_quiet_s,
        )
