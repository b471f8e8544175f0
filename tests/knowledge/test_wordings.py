"""Real wordings that the catalogue was not written from are understood, and none of them misleads."""

from collections import Counter

import pytest

from culpa.knowledge import causes
from knowledge.wordings import LISTS, Judged, judged, share, wordings
from knowledge.wordings_page import PAGE, first_measured, page

#: The least share of right verdicts, of those that a saying may be written from and of those that are only counted.
RIGHT = {"first": 0.99, "second": 0.99, "third": 0.97, "fourth": 0.97}
RIGHT_OF_HELD = {"first": 0.99, "second": 0.99, "third": 0.94, "fourth": 0.83}


@pytest.fixture(scope="module", params=LISTS)
def judged_list(request: pytest.FixtureRequest) -> tuple[str, list[Judged]]:
    return request.param, judged(wordings(request.param))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_long_wide_and_has_sources(name: str) -> None:
    told = wordings(name)
    assert 300 <= len(told)
    assert [] == [one.number for one in told if not one.source or not set(one.causes) & set(causes())]
    assert [one.number % 3 == 0 for one in told] == [one.is_held for one in told]


def test_no_wording_is_told_twice() -> None:
    twice = Counter((one.type, one.text) for name in LISTS for one in wordings(name))
    assert [] == [text for text, times in twice.items() if times > 1]


def test_what_is_really_said_is_understood(judged_list: tuple[str, list[Judged]]) -> None:
    name, all_of_them = judged_list
    told = [one for one in all_of_them if not one.wording.is_held]
    assert RIGHT[name] <= share(told)
    assert 0 == share(told, "confidently wrong")


def test_so_is_what_no_saying_was_written_from(judged_list: tuple[str, list[Judged]]) -> None:
    name, all_of_them = judged_list
    assert RIGHT_OF_HELD[name] <= share(one for one in all_of_them if one.wording.is_held)


def test_the_page_keeps_what_was_first_measured_of_all_wordings() -> None:
    first = first_measured()
    assert {name: len(wordings(name)) for name in LISTS} == {name: sum(first[name]["all"].values()) for name in LISTS}
    written = PAGE.read_text("utf-8")
    assert [] == [line for line in page(first) if line.startswith("| all") and line not in written]
