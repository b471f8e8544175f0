"""Which sayings a text matches, as the engine matches them, and whether each saying is matched by its own samples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from culpa.knowledge import Saying, sayings, topics
from culpa.knowledge.render import condition_of, guards_of, says
from culpa.knowledge.saying import FIELDS

_COLUMNS = {field: field for field in FIELDS}
#: One row, of a text by field.
_GIVEN = f"(select {', '.join(f'${field} as {field}' for field in FIELDS)})"


@dataclass(frozen=True, slots=True)
class Heard:
    """A saying that a text matches; `decides` tells that it is the one that counts in its topic."""

    saying: Saying
    decides: bool


def heard(fields: Mapping[str, str]) -> list[Heard]:
    """Return the sayings that a text matches, by topic, those that decide first. Unnamed fields are empty."""
    known = sorted(sayings(), key=_place)
    conditions = [f"{condition_of(saying, _COLUMNS)} and {guards_of(saying, _COLUMNS)}" for saying in known]
    with duckdb.connect() as connection:
        answers = connection.execute(f"select {', '.join(conditions)} from {_GIVEN}", _given(fields)).fetchone() or ()
    matching = [saying for saying, is_matched in zip(known, answers, strict=True) if is_matched]
    first = {saying.about: saying for saying in reversed(matching)}
    return [Heard(saying, first[saying.about] is saying) for saying in matching]


def undecided() -> Iterator[tuple[Saying, str, str]]:
    """Yield each sample that its own saying does not decide: the saying, the text, and the step that decides it."""
    with duckdb.connect() as connection:
        for name in topics():
            yield from _undecided(connection, name)


def _undecided(connection: duckdb.DuckDBPyConnection, topic: str) -> Iterator[tuple[Saying, str, str]]:
    """Ask for all samples of a topic at once: its sayings are read by the engine once, not once for each sample."""
    known = [saying for saying in sayings() if saying.about == topic]
    asked = [(saying, _given(sample.fields)) for saying in known for sample in saying.samples]
    if not asked:
        return
    of = {id(saying): number for number, saying in enumerate(known)}
    own = " ".join(f"when {of[id(saying)]} then {condition_of(saying, _COLUMNS)}" for saying in known)
    texts = {field: pa.array([given[field] for _, given in asked], pa.string()) for field in FIELDS}
    numbers = {"nth": list(range(len(asked))), "saying": [of[id(saying)] for saying, _ in asked]}
    connection.register("asked", pa.table(numbers | texts))
    answers = connection.execute(
        f"select {says(topic, _COLUMNS, steps=True)}, case saying {own} end from asked order by nth"
    ).fetchall()
    connection.unregister("asked")
    for (saying, given), (step, is_matched) in zip(asked, answers, strict=True):
        if step != saying.step or not is_matched:
            yield saying, given["words"] or given["line"] or given["type"], step


def _given(fields: Mapping[str, str]) -> dict[str, str]:
    # A call without an answer has the status 0.
    return {**dict.fromkeys(FIELDS, ""), "status": "0", **fields}


def _place(saying: Saying) -> tuple[int, int, int]:
    """Return where a saying stands: by topic, a user's own first, then by the topic's steps."""
    names = list(topics())
    steps = [step.name for step in topics()[saying.about].steps]
    return names.index(saying.about), not saying.is_own, steps.index(saying.step) if saying.step in steps else 0
