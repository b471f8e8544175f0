"""A replay as rows: what would have been told when."""

from collections.abc import Sequence

import pyarrow as pa

from culpa.alarms.asking import Asker
from culpa.alarms.companion import quiet_times
from culpa.alarms.conditions import Word
from culpa.alarms.replay import line_of, replay
from culpa.alarms.rules import Rule
from culpa.analysis.surface.rows import Rows
from culpa.analysis.surface.session import Session

_FIELDS: list[tuple[str, pa.DataType]] = [
    ("time", pa.timestamp("ns")),
    ("state", pa.string()),
    ("rule", pa.string()),
    ("subject", pa.string()),
    ("summary", pa.string()),
    ("why", pa.string()),
    ("opened_at", pa.timestamp("ns")),
]


def replayed(session: Session, rules: Sequence[Rule], since_ns: int, until_ns: int) -> Rows:
    """Return what would have been told. Errors: StoreError."""
    asker = Asker(lambda sql, values: session.sql(sql, **values).arrow(), quiet_times(tuple(rules)))
    words = {
        row["fingerprint"]: Word(row["state"], row["said_ns"], row["until_ns"])
        for row in Rows(session.ask("problem_states")).json()
    }
    told = [
        {
            "time": event.time_ns,
            "state": event.state,
            "rule": event.rule,
            "subject": event.subject,
            "summary": line_of(event),
            "why": event.details["why"],
            "opened_at": event.opened_ns,
        }
        for event in replay(rules, asker, words, since_ns, until_ns)
    ]
    return Rows(pa.Table.from_pylist(told, schema=pa.schema(_FIELDS)))
