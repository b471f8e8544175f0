"""From the home page to the failing line of real failures, as a reader goes: by what is written on links."""

import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sweeps import some

HERE = Path(__file__).parent
ROWS = [
    line.split("\t")
    for line in (HERE / "reading.tsv").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
SHOWN = some(ROWS, 4)
#: Where a line stands on the screen of a request.
PLACES = {"log": "li:target", "code": ".stack .frames", "place": "dl.facts"}
MOST_CLICKS = 3


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the page of a store that holds all of them, as `culpa open` serves it."""
    folder = tmp_path_factory.mktemp("reading")
    wanted = tuple(f"recorded/{name}/" for name, *_ in SHOWN)
    with tarfile.open(HERE.parent / "corpus.tar.gz") as corpus:
        corpus.extractall(folder, [one for one in corpus if one.name.startswith(wanted)], filter="data")
    culpa = [sys.executable, "-m", "culpa.instrumentation.cli"]
    for name, *_ in SHOWN:
        taken = [*culpa, "ingest", str(folder / "recorded" / name), "--db", str(folder / "all.duckdb"), "--quiet"]
        subprocess.run(taken, check=True, cwd=folder)
    opening = [*culpa, "open", str(folder / "all.duckdb"), "--port", "0", "--no-browser"]
    with subprocess.Popen(opening, stderr=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stderr
        found = re.search(r"http://[0-9.:]+", process.stderr.readline())
        assert found
        yield found[0]
        process.terminate()


@pytest.mark.parametrize(("name", "problem", "evidence", "place", "line"), SHOWN, ids=[row[0] for row in SHOWN])
def test_the_failing_line_is_two_clicks_away(
    address: str, browser: Any, name: str, problem: str, evidence: str, place: str, line: str
) -> None:
    """Each click is on what the reader has in view, found by its words."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    clicks = 0
    try:
        page.goto(address)
        row = page.locator("li.problem").filter(has_text=problem)
        assert 1 == row.count(), name
        for link in (
            row.locator("a.open"),
            page.locator("ol.evidence li")
            .filter(has_text=evidence)
            .first.get_by_role("link", name=re.compile("^(log|span|access)$"))
            .first,
        ):
            link.click()
            clicks += 1
        shown = page.locator(PLACES[place]).filter(has_text=line).first
        shown.wait_for(state="visible")
        assert clicks <= MOST_CLICKS
        if place == "log":
            # The browser has brought it into view; a part of a pixel is rounding.
            box = shown.bounding_box()
            assert box and -1 < box["y"] < 900
    finally:
        page.close()


def test_ten_failures_and_more_are_read() -> None:
    """Of different makes: source lines, lines of logs, a web server's configuration."""
    assert len(ROWS) >= 10 and {"log", "code", "place"} == {row[3] for row in ROWS}
    assert len(ROWS) == len({row[0] for row in ROWS})
