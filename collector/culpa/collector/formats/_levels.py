"""Words by which programs say how grave a record is, as OpenTelemetry's severity numbers.

Source: OpenTelemetry logs data model, appendix B.
"""

#: From this number on somebody should look.
WARNING = 13
ERROR = 17
CRITICAL = 18
FATAL = 21

_NUMBERS = {
    "trace": 1,
    "debug": 5,
    "info": 9,
    "notice": 10,
    "warn": WARNING,
    "warning": WARNING,
    "error": ERROR,
    "critical": CRITICAL,
    "alert": 19,
    "fatal": FATAL,
    "emergency": FATAL,
}


def severity_of(word: str) -> int:
    """Return the number of a level's word in any case; 0 for a word that is none."""
    return _NUMBERS.get(word.lower(), 0)
