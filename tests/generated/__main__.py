"""Write every table into its document, and every page."""

from generated.tables import DOCS, PAGES, TABLES, written

for (document, mark), table in TABLES.items():
    path = DOCS / document
    path.write_text(written(path.read_text("utf-8"), mark, table()), "utf-8")
for document, page in PAGES.items():
    path = DOCS / document
    path.parent.mkdir(exist_ok=True)
    path.write_text(page(), "utf-8")
