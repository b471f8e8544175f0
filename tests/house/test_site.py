"""The documents are a site: each page has a place, every link leads somewhere, and nothing comes from elsewhere."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
#: What a browser fetches by itself, where it stands on another host; a link that a reader may follow is none.
FETCHED = re.compile(r"<(?:script|img|link|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)")


def _pages(navigation: Any) -> Iterator[str]:
    for entry in navigation:
        for below in entry.values() if isinstance(entry, dict) else [entry]:
            yield from [below] if isinstance(below, str) else _pages(below)


def test_each_document_has_one_place_in_the_navigation() -> None:
    placed = list(_pages(yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))["nav"]))
    written = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    missing = sorted(written - set(placed))
    assert [] == missing, "add a line for each under `nav:` of mkdocs.yml, in the part where a reader would look for it"
    assert sorted(written) == sorted(placed), "`nav:` of mkdocs.yml names a page twice, or one that does not exist"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return folder


def test_it_is_built_without_a_warning_and_the_search_knows_each_page(site: Path) -> None:
    """Strict: a link, an anchor or a page that does not exist ends it."""
    known = {
        entry["location"].partition("#")[0]
        for entry in json.loads((site / "search/search_index.json").read_text("utf-8"))["docs"]
    }
    pages = {path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html")} - {"./"}
    assert pages <= known
    assert "" in known


def test_nothing_is_fetched_from_another_host(site: Path) -> None:
    """Neither by a page, nor by a style: no fonts, no scripts, no pictures."""
    fetched = {
        (page.name, url)
        for page in site.rglob("*.html")
        for url in FETCHED.findall(page.read_text("utf-8"))
        if "rel=canonical" not in url
    }
    styles = {
        (style.name, url)
        for style in site.rglob("*.css")
        for url in re.findall(r"url\([\"']?((?:https?:)?//[^)]+)", style.read_text("utf-8"))
    }
    assert set() == fetched | styles


def test_what_the_documents_link_to_beside_them_comes_with_the_site(site: Path) -> None:
    assert (ROOT / "notebooks/first_500.ipynb").read_bytes() == (
        site / "repository/notebooks/first_500.ipynb"
    ).read_bytes()
    page = (site / "notebooks/index.html").read_text("utf-8")
    assert "../repository/notebooks/first_500.ipynb" in page
