"""Read an exception's type, message and stack together: its chain, its origin, its place, its code. Pure."""

from dataclasses import dataclass
from functools import lru_cache

from culpa.collector.exceptions.callee import find_callee
from culpa.collector.exceptions.error_code import find_error_code
from culpa.collector.exceptions.extent import MOST_OF_MESSAGE, MOST_OF_NAME, MOST_OF_STACK
from culpa.collector.exceptions.fingerprint import bare_type, fingerprint_of
from culpa.collector.exceptions.stacktrace import Raised, Stack, read_stack
from culpa.collector.redact import redact_text
from culpa.instrumentation.patterns import late_pattern
from culpa.knowledge import protocol_of

_NUMBER = "Error Number:"
#: What the column holds.
MAX_LINE = 2**32 - 1
# Frameworks put the driver's error into their message: `(psycopg.errors.X) …`, `PG::X: ERROR: …`.
_WRAPPED = late_pattern(
    r"\((?P<a>[A-Za-z_][\w.]*\.[A-Za-z_]\w*)\) (?P<am>[\s\S]*)|(?P<b>[A-Z]\w*(?:::\w+)+): (?P<bm>[\s\S]*)"
)

# What only tells that waiting ended, or that a stream did: without a word of its own the wrapper's say whose.
_SPEECHLESS = late_pattern(
    r"(?:Timeout|Interrupted|Cancellation|Cancelled|EOF|ClosedChannel|AsynchronousClose)(?:Exception|Error)$"
)

#: Nor do these.
_NO_WORDS = late_pattern(r"(?:|The operation (?:has timed out|was cancell?ed)|A task was cancell?ed|[Tt]imed out)\.?$")

#: .NET puts the system's number below a driver's error, which says what it means.
_ONLY_NUMBERED = late_pattern(r"ComponentModel\.Win32Exception$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the text of an exception says about its origin."""

    type: str
    message: str
    origin_type: str
    origin_message: str
    chain: tuple[str, ...]
    file: str
    line: int
    function: str
    in_app: bool
    error_code: str
    fingerprint: str


def _of_one_component(stack: Stack) -> Stack:
    """Leave out what spoke of another component: it was caught, and the work went on; Ruby chains it all the same."""
    if len(stack.raised) == 1:
        return stack
    speaks_of = ""
    for at, raised in enumerate(stack.raised):
        system = protocol_of(find_callee(raised.type, raised.message, "").system)
        if system and speaks_of and system != speaks_of:
            return Stack(stack.raised[:at])
        speaks_of = speaks_of or system
    return stack


@lru_cache(1024)
def read_exception(kind: str, message: str, stacktrace: str) -> Reading:
    """Read type, message and stack together. Pure; cached, because errors repeat."""
    stack = _of_one_component(read_stack(stacktrace[:MOST_OF_STACK])) if stacktrace else Stack(())
    outer = stack.outermost
    if outer and outer.type and (not kind or bare_type(outer.type) == bare_type(kind)):
        # A log record tells the bare type and the first argument; the stack has the rest.
        kind = outer.type if len(outer.type) > len(kind) else kind
        text = redact_text(outer.message)
        message = text if text.startswith(message) else message
    chain = [raised.type for raised in stack.raised if raised.type]
    if not chain or (kind and bare_type(chain[0]) != bare_type(kind) and len(chain) == 1):
        chain = [kind] if kind else chain
    origin = _origin(stack)
    inner = origin if origin and origin.type and len(stack.raised) > 1 else None
    origin_type, origin_message = (inner.type, redact_text(inner.message)) if inner else (kind, message)
    wrapped = _WRAPPED.match(origin_message)
    if wrapped:
        origin_type = wrapped["a"] or wrapped["b"]
        origin_message = wrapped["am"] if wrapped["a"] else wrapped["bm"]
        chain.append(origin_type)
    place = stack.place
    # .NET prints SQL Server's number behind the stack, where no message reaches.
    behind = stacktrace[stacktrace.index(_NUMBER) :] if _NUMBER in stacktrace else ""
    return Reading(
        type=kind,
        message=message,
        origin_type=origin_type,
        origin_message=origin_message,
        chain=tuple(chain),
        file=place.file if place else "",
        line=min(place.line, MAX_LINE) if place else 0,
        function=place.function if place else "",
        in_app=place.in_app if place else False,
        error_code=find_error_code((origin_type, kind), (origin_message, message, behind)),
        fingerprint=fingerprint_of(origin_type, origin_message, stack.app_functions),
    )


def _origin(stack: Stack) -> Raised | None:
    """Return the exception that started it; of a speechless one the nearest wrapper of a library that says more."""
    origin = stack.origin
    if (
        origin
        and _ONLY_NUMBERED.search(origin.type[:MOST_OF_NAME])
        and len(stack.raised) > 1
        and stack.raised[-2].message
    ):
        return stack.raised[-2]
    if origin is None or not _SPEECHLESS.search(origin.type[:MOST_OF_NAME]) or not _NO_WORDS.match(origin.message):
        return origin
    for wrapper in reversed(stack.raised[:-1]):
        # .NET prints the wrapper's calls below the inner one's.
        frames = wrapper.frames or origin.frames
        if not frames or frames[-1].in_app:
            break
        if wrapper.message and not _SPEECHLESS.search(wrapper.message[:MOST_OF_MESSAGE]):
            return wrapper
    return origin
