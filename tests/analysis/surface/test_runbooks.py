"""The runbooks: one for every cause, none for anything else, each with the same five parts."""

import re

import pytest

import culpa.analysis as ca
from culpa.knowledge import cause_files, read_runbook, runbook_key

SECTIONS = ["What it means", "Confirm", "Fix", "Verify", "Prevent"]


def test_every_cause_has_a_runbook_and_every_runbook_a_cause() -> None:
    """The folder is the registry; the causes are the contract. A system's runbook stands beside its cause's."""
    books = [read_runbook(key) for key in cause_files()]
    assert sorted(ca.causes()) == sorted(book.cause for book in books if not book.system)
    assert {book.cause for book in books if book.system} <= set(ca.causes())


@pytest.mark.parametrize("key", cause_files())
def test_a_runbook_is_complete_and_short(key: str) -> None:
    """Its name is its cause and system, it has a title and five parts, and is read in a minute."""
    book = read_runbook(key)
    assert key == (f"{book.cause}.{book.system}" if book.system else book.cause)
    assert book.title
    assert SECTIONS == list(book.sections)
    assert all(book.sections.values())
    assert 45 >= len(book.text.splitlines())


@pytest.mark.parametrize("key", ["", "database", "../advice", "app.unknown"])
def test_an_unknown_key_is_an_error(key: str) -> None:
    """A key is never a path."""
    with pytest.raises(ca.UnknownRunbook):
        ca.runbook(key)


def test_a_runbook_is_picked_by_cause_and_system() -> None:
    """The first system that has its own; else the one of the cause."""
    assert "database.deadlock.postgresql" == runbook_key("database.deadlock", ("postgresql",))
    assert "database.deadlock.mysql" == runbook_key("database.deadlock", ("redis", "mariadb", "postgresql"))
    assert "database.deadlock" == runbook_key("database.deadlock", ("oracle.db",))
    assert "upstream.dns" == runbook_key("upstream.dns", ("nginx",))


@pytest.mark.parametrize("key", cause_files())
def test_rolling_back_comes_first_only_where_a_change_is_known(key: str) -> None:
    """What is to be done after a change stands last, and goes first, without its condition, where there was one."""
    book, changed = read_runbook(key), read_runbook(key, is_changed=True)
    assert not re.search(r"(?i)\broll\b.*\bback\b|\bundo\b|\brelease\b|\bdeployment\b", book.first_step)
    steps = book.sections["Fix"].removeprefix("- ").split("\n- ")
    bound = [step for step in steps if step.startswith("After a change: ")]
    assert bound in ([], steps[-1:])
    assert all(book.sections[name] == changed.sections[name] for name in SECTIONS if name != "Fix")
    if not bound:
        assert book == changed
        return
    assert " ".join(bound[0].split()).removeprefix("After a change: ").lower() == changed.first_step.lower()
    assert sorted(steps[:-1]) == sorted(changed.sections["Fix"].split("\n- ")[1:])
    assert changed.sections["Fix"] in changed.text and "After a change" not in changed.text


def test_an_exception_without_a_change_is_first_met_at_its_line() -> None:
    assert read_runbook("app.unhandled_exception").first_step.startswith("Refuse the input that the failing line")
    assert read_runbook("app.unhandled_exception", is_changed=True).first_step.startswith("Undo it first (roll back")
