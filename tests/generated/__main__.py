"""Write every table into its document."""

from generated.tables import DOCS, TABLES, written

for (document, mark), table in TABLES.items():
    path = DOCS / document
    path.write_text(written(path.read_text("utf-8"), mark, table()), "utf-8")
