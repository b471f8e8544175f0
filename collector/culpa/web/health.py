"""Is culpa itself well: what it says of itself, who sends, and who has gone silent."""

from dataclasses import dataclass
from typing import Final

from culpa.web.desk import HOUR_NS, Desk, Row
from culpa.web.words import KNOWN_NS

#: Who sent within the last day and not for so long is silent.
_SILENT_NS: Final = HOUR_NS // 6
_MINUTE_NS: Final = 60 * 10**9
_FORGOTTEN_NS: Final = 24 * HOUR_NS


@dataclass(frozen=True)
class Health:
    """`troubles` by part; `senders` and `silent` by service; `newest_ns`: when the latest happened that arrived."""

    troubles: dict[str, str]
    senders: list[Row]
    silent: list[Row]
    newest_ns: int
    judged_ns: int

    @property
    def is_well(self) -> bool:
        """Say whether nothing keeps the collector from working."""
        return not self.troubles

    @property
    def is_empty(self) -> bool:
        """Say whether nothing has arrived yet."""
        return not self.senders and not self.newest_ns


async def health_of(desk: Desk, now_ns: int) -> Health:
    """Ask how the collector and its senders are. Errors: StoreError."""
    # By the minute, so that all who look at the same time have one answer.
    since_ns = max(0, now_ns - HOUR_NS) // _MINUTE_NS * _MINUTE_NS
    sent = await desk.kept_rows("senders", since_ns=since_ns)
    newest = (await desk.rows("newest", judged_ns=now_ns))[0]
    troubles = await desk.in_thread(desk.house.troubles)
    services: dict[str, Row] = {}
    for row in sent:
        one = services.setdefault(
            row["service_name"], {"service": row["service_name"], "last_ns": 0, "rows": 0, "kinds": []}
        )
        one["last_ns"] = max(one["last_ns"], row["last_ns"] or 0)
        one["rows"] += row["rows"]
        one["kinds"].append(row["kind"])
    everybody = sorted(services.values(), key=lambda one: -one["last_ns"])
    silent = [
        one
        for one in everybody
        if desk.house.is_live and one["last_ns"] > KNOWN_NS and _SILENT_NS < now_ns - one["last_ns"] < _FORGOTTEN_NS
    ]
    return Health(troubles, everybody, silent, newest["newest_ns"] or 0, newest["judged_ns"] or 0)
