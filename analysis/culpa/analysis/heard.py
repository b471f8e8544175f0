"""Which sayings a text matches, as the engine matches them, and whether each saying is matched by its own samples."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb

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
            case = says(name, _COLUMNS, steps=True)
            for saying in sayings():
                if saying.about == name:
                    yield from _wrong(connection, case, saying)


def _wrong(connection: duckdb.DuckDBPyConnection, case: str, saying: Saying) -> Iterator[tuple[Saying, str, str]]:
    for sample in saying.samples:
        given = _given(sample.fields)
        answer = connection.execute(f"select {case}, {condition_of(saying, _COLUMNS)} from {_GIVEN}", given).fetchone()
        step, is_matched = answer or ("", False)
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
