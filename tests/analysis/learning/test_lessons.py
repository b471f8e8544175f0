"""What is shipped is what the recordings teach, and the page about it says no more than that."""

import re

import pytest
from sweeps import some
from training import lessons
from training.accuracy import PAGE, weights_digest
from training.cases import cases, material
from training.corpus import Recording, recordings
from training.learn import Material, learn
from training.seen import see_all
from training.weights_toml import SHIPPED, priors, text


def _first_of_each_stack() -> list[Recording]:
    return some(list({one.stack: one for one in reversed(recordings())}.values()), 5)


@pytest.fixture(scope="module")
def kept() -> Material:
    """Give the lessons that are kept."""
    return lessons.read(recordings(), cases([], [], priors()).priors)


def test_the_shipped_weights_are_what_the_lessons_teach(kept: Material) -> None:
    """Learnt anew, on any machine, they come out the same; else run `make train`."""
    assert text(learn(kept), priors()) == SHIPPED.read_text("utf-8")


@pytest.mark.parametrize("recording", _first_of_each_stack(), ids=lambda one: one.stack)
def test_the_lessons_are_what_the_recordings_show(recording: Recording, kept: Material) -> None:
    """Read, gathered and reduced anew, one recording of a stack gives the same candidates; else run `make train`."""
    of = cases([recording], see_all([recording], lambda _: None, 0, is_reduced=True), priors())
    shown = material(of).examples[recording.name]
    assert [(one.candidates, one.is_unknown_right) for one in shown] == [
        (one.candidates, one.is_unknown_right) for one in kept.examples[recording.name]
    ]


def test_the_page_is_about_the_shipped_weights() -> None:
    """Else it was not written anew: run `make accuracy`."""
    assert f"weights `{weights_digest()}`" in PAGE.read_text("utf-8")


def test_the_page_holds_what_is_promised_of_verdicts() -> None:
    """Cross-validated 99 % right, none confidently wrong, no false alarm; with witnesses taken away none confidently wrong either."""
    rows = _rows()
    for name in ("cross-validated by fault kind", "cross-validated by stack"):
        assert float(rows[name]["right"].split(" %")[0]) >= 99.0
        assert ("0", "0") == (rows[name]["confidently wrong"], rows[name]["false alarms"])
    reduced = rows["**all of these**"]
    assert "0" == reduced["confidently wrong"]
    assert float(reduced["ECE"]) <= 0.05


def _rows() -> dict[str, dict[str, str]]:
    """Return the rows of the page's tables that name the confidently wrong."""
    rows: dict[str, dict[str, str]] = {}
    for table in re.findall(r"^\| +\|.*confidently wrong.*\n(?:\|.*\n)+", PAGE.read_text("utf-8"), re.MULTILINE):
        head, _, *lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines()]
        rows |= {cells[0]: dict(zip(head, cells, strict=True)) for cells in lines}
    return rows
