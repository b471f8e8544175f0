"""What systems say and what it means, as data: tables and sayings with real samples. Knows no other room."""

from culpa.knowledge.catalogue import check_own, sayings
from culpa.knowledge.causes import LAYERS, BadCause, Cause, cause_files, causes
from culpa.knowledge.codes import code_lines
from culpa.knowledge.own import own_folder
from culpa.knowledge.render import with_sayings
from culpa.knowledge.runbooks import Runbook, UnknownRunbook, causes_by_system, read_runbook, runbook, runbook_key
from culpa.knowledge.saying import BadSaying, Saying
from culpa.knowledge.tables import BadTable, table
from culpa.knowledge.topics import topics

__all__ = [
    "LAYERS",
    "BadCause",
    "BadSaying",
    "BadTable",
    "Cause",
    "Runbook",
    "Saying",
    "UnknownRunbook",
    "cause_files",
    "causes",
    "causes_by_system",
    "check_own",
    "code_lines",
    "own_folder",
    "read_runbook",
    "runbook",
    "runbook_key",
    "sayings",
    "table",
    "topics",
    "with_sayings",
]
