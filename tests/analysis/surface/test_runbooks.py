"""The runbooks: one for every cause, none for anything else, each with the same five parts."""

import pytest

import culpa.analysis as ca
from culpa.analysis.advice import read_runbook, runbook_keys

SECTIONS = ["What it means", "Confirm", "Fix", "Verify", "Prevent"]


def test_every_cause_has_a_runbook_and_every_runbook_a_cause() -> None:
    """The folder is the registry; the causes are the contract."""
    assert sorted(ca.CAUSES) == sorted(runbook_keys())


@pytest.mark.parametrize("key", runbook_keys())
def test_a_runbook_is_complete_and_short(key: str) -> None:
    """Its name is its cause, it has a title and five parts, and is read in a minute."""
    book = read_runbook(key)
    assert key == book.cause
    assert book.title
    assert SECTIONS == list(book.sections)
    assert all(book.sections.values())
    assert 45 >= len(book.text.splitlines())


@pytest.mark.parametrize("key", ["", "database", "../advice", "app.unknown"])
def test_an_unknown_key_is_an_error(key: str) -> None:
    """A key is never a path."""
    with pytest.raises(ca.UnknownRunbook):
        ca.runbook(key)
