"""Begin the log of a process: in which form, and to what."""

import logging
from collections.abc import Mapping
from typing import IO, Final

from culpa.collector.logbook.forms import JsonLines, Lines
from culpa.collector.logbook.repeats import Unrepeated
from culpa.collector.logbook.status import Status

#: The values of `log_format`.
FORMATS: Final[Mapping[str, type[logging.Formatter]]] = {"text": Lines, "json": JsonLines}


class Logbook:
    """The log of this process, until it is closed; above a line of status, where there is one."""

    def __init__(self, handler: logging.Handler, status: Status) -> None:
        """Belong to the root logger's handler."""
        self._handler = handler
        #: What is drawn below the log.
        self.status = status

    def close(self) -> None:
        """Write what was only counted so far, and take the line away."""
        logging.getLogger().removeHandler(self._handler)
        self._handler.close()
        self.status.close()


def begin(stream: IO[str], form: str, *, has_status: bool) -> Logbook:
    """Log to `stream` in a form of `FORMATS`; below it stands a status line if `has_status`, and it is a terminal."""
    status = Status(stream, is_shown=has_status and form == "text" and stream.isatty())
    writing = logging.StreamHandler(status)
    writing.setFormatter(FORMATS[form]())
    handler = Unrepeated(writing)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    return Logbook(handler, status)
