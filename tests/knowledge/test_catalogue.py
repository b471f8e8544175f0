"""Every saying is matched by what its speaker really prints, by nothing that comes close, and by no saying before it."""

import re
from collections.abc import Mapping
from dataclasses import replace

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from linearity.alternatives import alternations, alternatives

from culpa.knowledge import Saying, sayings, topics
from culpa.knowledge.catalogue import sayings_about
from culpa.knowledge.render import says
from culpa.knowledge.saying import FIELDS


def _bare(saying: Saying) -> Saying:
    return replace(saying, samples=(), near=(), source="")


def _name(saying: Saying) -> str:
    return f"{saying.speaker}: {saying.about}: {saying.step}: {next(iter(saying.patterns.values()))[:40]}"


def _matches(pattern: str, text: str) -> bool:
    return bool(pc.match_substring_regex(pa.scalar(text), pattern).as_py())


def _is_matched(saying: Saying, fields: Mapping[str, str]) -> bool:
    return all(_matches(pattern, fields.get(field, "")) for field, pattern in saying.patterns.items()) and not any(
        _matches(pattern, fields.get(field, "")) for field, pattern in saying.not_patterns.items()
    )


def test_bars_in_groups_and_classes_split_nothing() -> None:
    assert ["(?i)a(b|c)[|]", r"(?i)d\|e"] == alternatives(r"(?i)a(b|c)[|]|d\|e")
    assert [["a(b|c)[|]", r"d\|e"], ["b", "c"]] == alternations(r"(?i)a(b|c)[|]|d\|e")


@pytest.mark.parametrize("topic", topics())
def test_what_is_read_for_judging_is_what_the_files_say(topic: str) -> None:
    """Their heads are read alone, and not as TOML."""
    said = [_bare(saying) for saying in sayings() if saying.about == topic]
    assert said
    assert said == [_bare(saying) for saying in sayings_about(topic)]


@pytest.mark.parametrize("saying", sayings(), ids=_name)
def test_a_pattern_is_one_that_the_engine_takes(saying: Saying) -> None:
    """As a part of another, too: nothing in it reaches beyond."""
    for pattern in (*saying.patterns.values(), *saying.not_patterns.values()):
        assert not _matches(pattern, "")
        assert "(?i)" not in pattern[1:]


def test_no_class_of_characters_is_repeated_up_to_a_large_number() -> None:
    """The engine reads in linear time without a bound; for one it writes the class down so many times, for each store."""
    dear = re.compile(r"(?:(?!\[\^\\n\])\[(?:\\.|[^\]])+\]|\\[A-Za-z])\{\d+,(?:[4-9]\d|\d{3,})\}")
    assert dear.search(r'"[^"]{1,200}"')
    assert not dear.search(r".{0,80} [^\n]{0,80}")
    patterns = [(saying, pattern) for saying in sayings() for pattern in saying.patterns.values()]
    assert [] == [f"{_name(saying)}: {found[0]}" for saying, pattern in patterns if (found := dear.search(pattern))]


@pytest.mark.parametrize("saying", sayings(), ids=_name)
def test_a_saying_has_a_source_and_a_sample_for_each_of_its_alternatives(saying: Saying) -> None:
    assert saying.source
    assert saying.samples
    for field, pattern in saying.patterns.items():
        texts = [sample.fields.get(field, "") for sample in saying.samples]
        unseen = [one for one in alternatives(pattern) if not any(_matches(one, text) for text in texts)]
        assert [] == unseen, f"no sample shows {unseen}"


@pytest.mark.parametrize("saying", sayings(), ids=_name)
def test_a_saying_matches_its_samples_and_not_what_comes_near(saying: Saying) -> None:
    assert [] == [sample.fields for sample in saying.samples if not _is_matched(saying, sample.fields)]
    assert [] == [sample.fields for sample in saying.near if _is_matched(saying, sample.fields)]


@pytest.mark.parametrize("name", sorted({saying.about for saying in sayings()}))
def test_no_saying_before_its_own_matches_a_sample(name: str) -> None:
    """As the engine reads the whole topic."""
    heard = [saying for saying in sayings() if saying.about == name]
    rows = [(number, sample.fields) for number, saying in enumerate(heard) for sample in saying.samples]
    column = pa.table(
        {"number": [number for number, _ in rows]}
        | {field: [fields.get(field, "0" if field == "status" else "") for _, fields in rows] for field in FIELDS}
    )
    with duckdb.connect() as connection:
        connection.register("samples", column)
        case = says(name, {field: field for field in FIELDS}, steps=True)
        found = connection.execute(f"select number, coalesce(nullif(words, ''), line), {case} from samples").fetchall()
    wrong = [
        (text, "is", step, "not", heard[number].step) for number, text, step in found if step != heard[number].step
    ]
    assert [] == wrong
