"""The relations that SQL can ask, with the meaning of each column, as the page of the collector shows them."""

import tempfile
from importlib.resources import files
from pathlib import Path

from culpa.store import DuckDBStore
from culpa.web.sql_words import Relation, schema


def relations() -> list[Relation]:
    """Return them in the order in which people want them."""
    asked = (files("culpa.analysis") / "sql" / "columns.sql").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder, DuckDBStore(Path(folder) / "none.duckdb", writable=True) as store:
        return schema(store.query(asked).to_pylist())


def relation_tables() -> str:
    """Return a table of columns for each."""
    return "\n".join(_section(relation) for relation in relations())


def _section(relation: Relation) -> str:
    rows = [f"| `{one.name}` | {one.kind} | {one.meaning} |" for one in relation.columns]
    return "\n".join(
        [
            f"## {relation.name}",
            "",
            f"{relation.about[:1].upper()}{relation.about[1:]}.",
            "",
            "| column | type | meaning |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
