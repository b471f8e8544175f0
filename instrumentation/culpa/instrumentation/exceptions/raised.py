"""An exception that was raised in the user's code and may have been swallowed: what to tell of it, without itself.

Holding the exception would keep its frames alive, and with them connections, locks and files, until the request ends.
"""

from types import CodeType

from opentelemetry.sdk.trace import Span

from culpa.instrumentation.exceptions.errorcode import error_code
from culpa.instrumentation.exceptions.origin import chain, type_name

#: Characters of a message, frames of a stack.
_MAX_MESSAGE = 4096
_MAX_FRAMES = 24


class Raised:
    """What is told of one exception."""

    __slots__ = ("chain", "code", "kind", "line", "mark", "message", "place", "root", "stack")

    def __init__(self, error: BaseException, place: CodeType) -> None:
        at = error.__traceback__
        self.mark = id(error)
        self.kind = type(error)
        self.place = place
        self.line = at.tb_lineno if at is not None else place.co_firstlineno
        self.message = _text(error)
        self.stack: list[tuple[CodeType, int]] = []
        while at is not None and len(self.stack) < _MAX_FRAMES:
            self.stack.append((at.tb_frame.f_code, at.tb_lineno))
            at = at.tb_next
        links = chain(error)
        self.chain = [type_name(link) for link in links]
        self.root = _text(links[-1]) if len(links) > 1 else ""
        self.code = error_code(links)

    def repeats_as(self, error: BaseException, place: CodeType) -> bool:
        """Return whether this is the same failure once more, as in a loop; if so, tell of the newer one."""
        at = error.__traceback__
        same = place is self.place and at is not None and at.tb_lineno == self.line and type(error) is self.kind
        if not same or error.__cause__ is not None:
            return False
        self.mark = id(error)
        self.message = _text(error)
        return True

    def passes_as(self, error: BaseException) -> bool:
        """Return whether this is the same exception on its way through a caller.

        An id alone does not tell: the next exception is often made where the last one was freed.
        """
        at = error.__traceback__ if id(error) == self.mark else None
        at = at.tb_next if at is not None else None
        while at is not None:
            if at.tb_frame.f_code is self.place and at.tb_lineno == self.line:
                return True
            at = at.tb_next
        return False

    def record(self, span: Span) -> None:
        """Add it to a span as an exception that a handler in the user's code dealt with."""
        attributes: dict[str, str | int | bool | list[str]] = {
            "exception.type": self.chain[0],
            "exception.message": self.message,
            "exception.stacktrace": self._stacktrace(),
            "exception.escaped": "False",
            "exception.handled": True,
            "exception.swallowed": True,
            "exception.root.type": self.chain[-1],
            "exception.root.message": self.root or self.message,
            "exception.chain": self.chain,
            "exception.in_app": True,
            "code.file.path": self.place.co_filename,
            "code.line.number": self.line,
            "code.function.name": self.place.co_qualname,
        }
        if self.code:
            attributes["db.response.status_code"] = self.code
        span.add_event("exception", attributes)

    def _stacktrace(self) -> str:
        frames = "".join(f'  File "{code.co_filename}", line {line}, in {code.co_name}\n' for code, line in self.stack)
        return f"Traceback (most recent call last):\n{frames}{self.chain[0]}: {self.message}\n"


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_MAX_MESSAGE]
    except Exception:
        return f"<{type_name(error)} whose text cannot be read>"
