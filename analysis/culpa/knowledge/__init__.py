"""What systems say and what it means, as data: tables with real samples, and small loaders. Knows no other room."""

from culpa.knowledge.tables import BadTable, table

__all__ = ["BadTable", "table"]
