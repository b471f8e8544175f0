"""Every pattern of a client's voice is matched by what the client really prints, and no voice before it takes that."""

import re

import pytest
from linearity.alternatives import alternatives

from culpa.collector.exceptions.callee.hearing import find_voice
from culpa.knowledge import voices
from culpa.knowledge.tables import table

ROWS = [(row["system"], row["in"], row["pattern"], row["sample"]) for row in table("voices")]


def _fits(place: str, pattern: str, sample: str) -> bool:
    if place == "library":
        return re.search(rf"(?<!\w){re.escape(pattern)}(?!\w)", sample) is not None
    if place == "type":
        return re.match(pattern, sample.lstrip("*")) is not None
    if place == "begins":
        return any(re.match(pattern, part) for part in (sample, *sample.split(": ")))
    return re.search(pattern, sample) is not None


@pytest.mark.parametrize(("system", "place", "pattern", "sample"), ROWS)
def test_a_sample_is_heard_by_its_pattern_and_names_its_system(
    system: str, place: str, pattern: str, sample: str
) -> None:
    assert [pattern] == alternatives(pattern), "each alternative has a line and a sample of its own"
    assert _fits(place, pattern, sample)
    heard = {
        "type": find_voice(sample, "", ""),
        "begins": find_voice("", sample, ""),
        "words": find_voice("", sample, ""),
        "stack": find_voice("", "", sample),
        "library": find_voice("", "", sample),
    }[place]
    assert heard is not None
    assert system == heard.system


def test_no_line_stands_twice_and_a_library_is_of_one_system() -> None:
    assert len(ROWS) == len({row[:3] for row in ROWS})
    libraries = [pattern for _, place, pattern, _ in ROWS if place == "library"]
    assert len(libraries) == len(set(libraries))
    assert {"type", "begins", "words", "stack", "library"} == {place for _, place, _, _ in ROWS}


def test_the_lines_of_a_system_are_one_voice() -> None:
    by_name = {voice.system: voice for voice in voices()}
    assert len(voices()) == len(by_name)
    assert r"lib/pq|jackc/pgx" == by_name["postgresql"].stack
    assert ("neo4j", "neo4j-driver") == by_name["neo4j"].libraries
    assert "" == by_name["redis"].stack
