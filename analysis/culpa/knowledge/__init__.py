"""What systems say and what it means, as data: tables and sayings with real samples. Knows no other room."""

from culpa.knowledge.catalogue import check_own, sayings
from culpa.knowledge.causes import LAYERS, BadCause, Cause, cause_files, causes
from culpa.knowledge.chosen import chosen
from culpa.knowledge.codes import code_lines
from culpa.knowledge.declared import (
    FIELDS,
    BadFormat,
    DeclaredFormat,
    FormatSample,
    declared_formats,
    own_formats,
    read_formats,
)
from culpa.knowledge.formats import LogFormat, formats_of, log_formats
from culpa.knowledge.own import own_folder
from culpa.knowledge.render import with_sayings
from culpa.knowledge.runbooks import Runbook, UnknownRunbook, causes_by_system, read_runbook, runbook, runbook_key
from culpa.knowledge.saying import BadSaying, Saying
from culpa.knowledge.systems import (
    System,
    names_by_alias,
    names_by_any_name,
    names_by_port,
    protocol_of,
    scheme_of,
    systems,
)
from culpa.knowledge.tables import BadTable, table
from culpa.knowledge.topics import topics
from culpa.knowledge.voices import ANY_DATABASE, Voice, voices
from culpa.knowledge.work import KINDS_OF_WORK, REQUEST

__all__ = [
    "ANY_DATABASE",
    "FIELDS",
    "KINDS_OF_WORK",
    "LAYERS",
    "REQUEST",
    "BadCause",
    "BadFormat",
    "BadSaying",
    "BadTable",
    "Cause",
    "DeclaredFormat",
    "FormatSample",
    "LogFormat",
    "Runbook",
    "Saying",
    "System",
    "UnknownRunbook",
    "Voice",
    "cause_files",
    "causes",
    "causes_by_system",
    "check_own",
    "chosen",
    "code_lines",
    "declared_formats",
    "formats_of",
    "log_formats",
    "names_by_alias",
    "names_by_any_name",
    "names_by_port",
    "own_folder",
    "own_formats",
    "protocol_of",
    "read_formats",
    "read_runbook",
    "runbook",
    "runbook_key",
    "sayings",
    "scheme_of",
    "systems",
    "table",
    "topics",
    "voices",
    "with_sayings",
]
