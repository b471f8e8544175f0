"""The attributes of a log record: the user's own fields, and its exception as spans describe theirs."""

import logging

from culpa.instrumentation.exceptions.origin import MOST_OF_MESSAGE, describe, text, type_name
from culpa.instrumentation.exceptions.stacktext import stack_text

Fields = dict[str, str | int | float | bool | list[str]]

#: What every record has; the rest was given by the user as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def attributes(record: logging.LogRecord) -> Fields:
    """Return a record's extra fields of plain types, its place in the code, and its exception.

    Shape: code.* is the place of the exception's origin if there is one, else of the logging call. Objects (a
    request, say) are left out: the SDK would refuse them with a warning, and their text may hold anything.
    """
    found: Fields = {
        key: value
        for key, value in vars(record).items()
        if key not in _STANDARD and isinstance(value, str | int | float | bool)
    }
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        found["code.file.path"] = record.pathname
        found["code.line.number"] = record.lineno
        found["code.function.name"] = record.funcName or ""
        return found
    found["exception.type"] = type_name(error)
    found["exception.message"] = text(error, MOST_OF_MESSAGE)
    found["exception.stacktrace"] = stack_text(error)
    found.update(describe(error))
    return found
