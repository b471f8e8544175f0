"""Compare the verdicts on a recording with those on the same one under other names and at another time."""

import tempfile
from pathlib import Path

from culpa.analysis.judgement.weigh import Weights
from culpa.analysis.settle import judge
from training.corpus import Recording
from training.renaming import Renaming
from training.scoring import Row
from training.seen import Seen, see, see_all
from training.weights_toml import shipped

#: What must be equal, and what must be equal but for the names.
_SAME = ("status", "layer", "cause", "confidence", "surfaced", "truncated", "exception_type")


def differences(recording: Recording, before: Seen, by: Weights, seed: int) -> list[str]:
    """Return what differs, a line each; empty is good."""
    renaming = Renaming(recording, seed)
    with tempfile.TemporaryDirectory(prefix="culpa-renamed-") as folder:
        after = see(renaming.write(Path(folder)))
    old = sorted(judge(before.gathered, by), key=_order)
    new = sorted(judge(after.gathered, by), key=_order)
    if len(old) != len(new):
        return [f"{recording.name}: {len(old)} verdicts became {len(new)}"]
    found: list[str] = []
    for one, other in zip(old, new, strict=True):
        found += [
            f"{recording.name}: {name} {one[name]!r} became {other[name]!r}"
            for name in _SAME
            if one[name] != other[name]
        ]
        wanted = renaming.component(one["component"])
        if wanted != other["component"]:
            found.append(
                f"{recording.name}: component {one['component']!r} became {other['component']!r}, not {wanted!r}"
            )
    return found


def _order(row: Row) -> tuple[int, str, str]:
    return row["ended_at"], row["cause"], row["trace_id"]


def compared(recording: Recording, seed: int) -> list[str]:
    """Judge a recording by the shipped weights, as it is and renamed; return what differs."""
    (before,) = see_all([recording], tell=lambda _: None, processes=0)
    return differences(recording, before, shipped(), seed)
