"""The documents say what the data says."""

import pytest

from generated.tables import DOCS, TABLES, written


@pytest.mark.parametrize(("document", "mark"), TABLES)
def test_a_table_is_what_make_docs_would_write(document: str, mark: str) -> None:
    text = (DOCS / document).read_text("utf-8")
    assert written(text, mark, TABLES[document, mark]()) == text


def test_a_document_without_the_place_is_told() -> None:
    with pytest.raises(ValueError, match="no place for 'causes'"):
        written("# Title\n", "causes", "")
