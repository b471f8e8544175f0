"""The documents say what the data says."""

import pytest

from generated.relations import relations
from generated.tables import DOCS, PAGES, TABLES, written


@pytest.mark.parametrize(("document", "mark"), TABLES)
def test_a_table_is_what_make_docs_would_write(document: str, mark: str) -> None:
    text = (DOCS / document).read_text("utf-8")
    assert written(text, mark, TABLES[document, mark]()) == text


@pytest.mark.parametrize("document", PAGES)
def test_a_page_is_what_make_docs_would_write(document: str) -> None:
    """All of it: who edits one by hand loses it at the next `make docs`."""
    assert PAGES[document]() == (DOCS / document).read_text("utf-8"), "write it anew: make docs"


def test_no_page_of_causes_is_left_over() -> None:
    assert set(PAGES) == {path.relative_to(DOCS).as_posix() for path in (DOCS / "causes").iterdir()}


def test_each_column_that_can_be_asked_has_a_meaning() -> None:
    """Beside it in the DDL, or in collector/culpa/web/columns.tsv."""
    found = relations()
    assert [] == [one.name for one in found if not one.about]
    assert [] == [f"{one.name}.{column.name}" for one in found for column in one.columns if not column.meaning]


def test_a_document_without_the_place_is_told() -> None:
    with pytest.raises(ValueError, match="no place for 'causes'"):
        written("# Title\n", "causes", "")
