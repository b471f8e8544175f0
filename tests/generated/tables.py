"""What of the documents is made from data: tables between two marks, so that the text around them stays, and whole pages."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from culpa.knowledge import causes
from generated.causes import cause_page, layers
from generated.relations import relation_tables
from generated.settings import setting_table

DOCS = Path(__file__).parents[2] / "docs"


def _causes() -> str:
    rows = [f"| `{cause.code}` | {cause.meaning} | {cause.object} |" for cause in causes().values()]
    return "\n".join(["| code | meaning | `object` is |", "|---|---|---|", *rows])


#: (document, name of the mark) -> what stands there.
TABLES: dict[tuple[str, str], Callable[[], str]] = {
    ("verdicts.md", "causes"): _causes,
    ("sql.md", "relations"): relation_tables,
    ("settings.md", "settings"): setting_table,
}

#: document -> what it is, whole.
PAGES: dict[str, Callable[[], str]] = {f"causes/{layer}.md": partial(cause_page, layer) for layer in layers()}


def written(text: str, mark: str, table: str) -> str:
    """Return a document's text with a table in its place. Errors: ValueError where there is no such place."""
    begin, end = f"<!-- {mark}: written by `make docs` -->\n", f"<!-- /{mark} -->\n"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the document has no place for {mark!r}; write the lines {begin!r} and {end!r}")
    return f"{before}{begin}{table}\n{end}{after}"
