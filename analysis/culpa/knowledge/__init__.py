"""What systems say and what it means, as data: tables and sayings with real samples. Knows no other room."""

from culpa.knowledge.catalogue import check_own, sayings
from culpa.knowledge.codes import code_lines
from culpa.knowledge.own import own_folder
from culpa.knowledge.render import with_sayings
from culpa.knowledge.saying import BadSaying, Saying
from culpa.knowledge.tables import BadTable, table
from culpa.knowledge.topics import topics

__all__ = [
    "BadSaying",
    "BadTable",
    "Saying",
    "check_own",
    "code_lines",
    "own_folder",
    "sayings",
    "table",
    "topics",
    "with_sayings",
]
