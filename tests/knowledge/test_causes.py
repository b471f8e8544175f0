"""A cause is one file, and it is whole."""

import string

import pytest

from culpa.knowledge import LAYERS, Cause, causes

#: What a sentence may have a place for.
_PLACES = {"it", "about", "exception", "contact"}
_COLUMNS = {"object", "location", "exception_type", "exception_message"}


@pytest.mark.parametrize("cause", causes().values(), ids=str)
def test_a_cause_says_all_that_a_verdict_shows_of_it(cause: Cause) -> None:
    assert cause.layer in LAYERS
    assert cause.title and cause.meaning
    assert (cause.code == "unknown") == (cause.sentence == "")
    places = {place for _, place, _, _ in string.Formatter().parse(cause.sentence) if place}
    assert places <= _PLACES
    assert set(cause.fills) <= _COLUMNS
    assert ("object" in cause.fills) == bool(cause.object)
    # What is said in the sentence must be there to be said.
    assert "about" not in places or cause.object


def test_no_two_causes_share_a_meaning_or_a_title() -> None:
    all_of_them = list(causes().values())
    assert (
        len({cause.meaning for cause in all_of_them}) == len({cause.title for cause in all_of_them}) == len(all_of_them)
    )
