"""What reads exceptions: their stacks and chains, whom they speak of, which of them are the same problem.

OTLP and server logs tell exceptions alike, so `decode` and `formats` both come here; this room knows neither.
A text that may tell one goes through `exception_in`, `error_in` or `error_said`, and a Sighting of it through
`exception_table`. Pure: no I/O, no clock, the same text gives the same row.
"""

from culpa.collector.exceptions.beside import ADDRESS, CALL_BEFORE, PORT, SCHEME
from culpa.collector.exceptions.error_code import is_code
from culpa.collector.exceptions.log_body import HINT, LEAST_SEVERITY, STATUS_HINT, exception_in, exception_in_status
from culpa.collector.exceptions.named_error import ERROR_KEYS, OWN_KEYS, error_in, error_said
from culpa.collector.exceptions.stacktrace import is_own_file, read_stack
from culpa.collector.exceptions.table import Sighting, exception_table

__all__ = [
    "ADDRESS",
    "CALL_BEFORE",
    "ERROR_KEYS",
    "HINT",
    "LEAST_SEVERITY",
    "OWN_KEYS",
    "PORT",
    "SCHEME",
    "STATUS_HINT",
    "Sighting",
    "error_in",
    "error_said",
    "exception_in",
    "exception_in_status",
    "exception_table",
    "is_code",
    "is_own_file",
    "read_stack",
]
