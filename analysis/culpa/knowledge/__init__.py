"""What systems say and what it means, as data: tables and sayings with real samples. Knows no other room."""

from culpa.knowledge.catalogue import check_own, sayings
from culpa.knowledge.causes import LAYERS, BadCause, Cause, cause_files, causes
from culpa.knowledge.codes import code_lines
from culpa.knowledge.own import own_folder
from culpa.knowledge.render import with_sayings
from culpa.knowledge.runbooks import Runbook, UnknownRunbook, causes_by_system, read_runbook, runbook, runbook_key
from culpa.knowledge.saying import BadSaying, Saying
from culpa.knowledge.systems import System, names_by_alias, names_by_port, protocol_of, scheme_of, systems
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
    "System",
    "UnknownRunbook",
    "cause_files",
    "causes",
    "causes_by_system",
    "check_own",
    "code_lines",
    "names_by_alias",
    "names_by_port",
    "own_folder",
    "protocol_of",
    "read_runbook",
    "runbook",
    "runbook_key",
    "sayings",
    "scheme_of",
    "systems",
    "table",
    "topics",
    "with_sayings",
]
