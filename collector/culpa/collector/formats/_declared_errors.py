"""The exception that a record of a format that is data tells of: in fields, in the lines behind it, in its words."""

import re
from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

from culpa.collector.exceptions import error_in, error_said, exception_in, read_stack
from culpa.collector.formats._declared_fields import Fields, value_at
from culpa.collector.formats._values import text, written
from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(r"\s{0,40}at \S")
#: So much of what stands below a record may stand before the type.
_BESIDE = 2_000
#: What was raised, amid the words of a record: `… failed: java.lang.IllegalStateException: no cart`.
_NAMED = late_pattern(
    r"(?<![\w.$])(?:[a-z_][\w$]{0,60}\.){1,12}[A-Z][\w$]{2,80}(?:: |$)"
    r"|(?<![\w.$])(?:[A-Z]\w{0,60}\.){0,12}[A-Z]\w{0,80}(?:Error|Exception)(?: \(0x[0-9A-F]{8}\))?(?:: |$)"
    r"|(?<![\w.$])Error: ",
    re.MULTILINE,
)
#: A line that a qualified type begins, as .NET and Java print the head of a stack.
_TYPE_LINE = late_pattern(
    r"^[# \t]{0,20}(?=(?:[A-Za-z_][\w`+$]{0,80}\.){1,12}\w{0,80}(?:Exception|Error)\b(?: \(|: |$))", re.MULTILINE
)
_TYPED = late_pattern(
    r"(?P<type>(?:[A-Z]\w{1,80}::){1,6}\w{1,80}|[\w.$]{0,160}(?:Error|Exception)): (?P<message>[\s\S]*)"
)
_TOLD = late_pattern(r'(?<![\w."])"?(?:error|err)"?(?:=|: ?)"(?P<error>(?:[^"\\]|\\.){8,4000})"')
#: As Rust's tracing writes it behind the words, without quotes: up to the next field.
_TOLD_BARE = late_pattern(r"(?<![\w.])(?:error|err)=(?P<error>[^\s\"=][^\n=]{7,2000})(?= [\w.]{1,60}=|$)", re.MULTILINE)
#: What Rust's log-panics makes of a panic.
_PANICKED = late_pattern(
    r"thread '[^'\n]{1,120}' panicked at '(?P<message>[^\n]{1,2000})'(?:: |, )[^\s:']{1,400}:\d{1,7}"
)
#: Keys of an object that tells an error, as loggers of several languages have them.
_STACKS = ("stack", "stacktrace", "stackTrace", "stack_trace", "StackTrace", "backtrace", "trace")
#: Chains are short.
_MOST_CAUSES = 8
_TYPES = ("type", "name", "class", "exception_class", "ClassName")
_MESSAGES = ("message", "msg", "Message")


#: How Node shows an error without a stack amid other things: `[Error: no cart]`, `[TypeError: x is null]`.
_SHOWN = late_pattern(r"\[(?P<type>(?:[A-Z]\w{0,80})?Error): (?P<message>[^\[\]\n]{3,2000})\]")


class Raised(NamedTuple):
    """What a record tells of an exception; absent is ''."""

    type: str = ""
    message: str = ""
    stack: str = ""


def shows_error(words: str) -> bool:
    """Say whether words show an error as Node does among what it was logged with."""
    return _SHOWN.search(words) is not None


def raised_of(fields: Fields, texts: Mapping[str, str], behind: str, is_grave: bool) -> Raised | None:
    """Return what a record tells was raised: of its own fields, of the lines behind it, else of its words."""
    kind, message = texts.get("exception_type", ""), texts.get("exception_message", "")
    stack = _stack(fields.get("stack"))
    kind = kind or _first(fields.get("stack"), _TYPES)
    message = message or _first(fields.get("stack"), _MESSAGES)
    words = texts.get("message", "")
    if panicked := _PANICKED.match(words):
        return Raised("panic", panicked["message"], stack)
    if not stack and behind:
        # Frames alone: what was raised stands at the end of the record's words, and what caused it below.
        named = _NAMED.search(words.split("\n", 1)[0]) if not kind and _FRAME.match(behind) else None
        stack = f"{words[named.start() :]}\n{behind}" if named else _stack_in(behind)
    if not kind and stack and (_FRAME.match(stack) or not read_stack(stack).raised):
        # Frames alone: what was raised stands in the message of the error, or at the end of the record's.
        named = _NAMED.search(words.split("\n", 1)[0])
        stack = f"{message or (words[named.start() :] if named else words)}\n{stack}"
    if (
        stack
        and not (kind or message)
        and (raised := read_stack(stack).outermost)
        and not (raised.type or raised.message)
    ):
        # Go prints what it panicked with above the calls.
        said = exception_in(words)
        kind, message = said.get("exception.type", ""), said.get("exception.message", "")
    if (
        message
        and stack
        and message not in stack
        and (raised := read_stack(stack).outermost)
        and raised.type
        and raised.message
    ):
        message = ""  # a word of the logger's own: the stack tells what was raised
    if kind or stack:
        return Raised(kind, message or ("" if stack else words), stack)
    shown = None if message else _SHOWN.search(words)
    if shown and is_grave:
        return Raised(shown["type"], shown["message"])
    stated = message or _message_in(words) or _message_below(behind)
    return _error_said(stated, f"{words}\n{behind}" if behind else words) if is_grave else None


def _stack_in(behind: str) -> str:
    """Return the stack in the lines below a record's: from the type on, for a message may go over several lines."""
    typed = _TYPE_LINE.search(behind)
    from_type = behind[typed.end() :] if typed else ""
    if from_type and read_stack(from_type).raised:
        return from_type
    stack = exception_in(behind).get("exception.stacktrace", "") or (behind if read_stack(behind).raised else "")
    raised = read_stack(stack).outermost if stack else None
    # The type may stand behind other words, on a line between the record's and the calls.
    named = _NAMED.search(behind[:_BESIDE]) if raised and not raised.type else None
    return behind[named.start() :] if named else stack


def _error_said(message: str, words: str) -> Raised | None:
    """Return the exception that a message names, or the words of a record."""
    typed = _TYPED.match(message)
    if typed:
        return Raised(typed["type"], typed["message"])
    said = error_in({"error": message}) or exception_in(words) or error_said(words)
    if said:
        return Raised(*(said.get(f"exception.{part}", "") for part in ("type", "message", "stacktrace")))
    return Raised(message=message) if message else None


def _message_in(words: str) -> str:
    """Return what a logger wrote behind the words: `error="…"`, `{"error": "…"}`."""
    found = _TOLD.search(words)
    if found:
        return found["error"].replace('\\"', '"')
    bare = _TOLD_BARE.search(words)
    return bare["error"] if bare else ""


def _message_below(behind: str) -> str:
    """Return an error of several lines as hclog writes it: below `error=`, each behind a bar."""
    lines = iter(behind.split("\n"))
    if not any(line.strip() in ("error=", "err=") for line in lines):
        return ""
    barred = takewhile(lambda line: line.lstrip().startswith("|"), lines)
    return "\n".join(line.lstrip()[1:].removeprefix(" ") for line in barred).strip()


def _stack(value: object) -> str:
    """Return a stack that is a text, a list of lines, or lies in an object."""
    if isinstance(value, str):
        return value if value not in ("-", "NoneType: None") else ""
    if isinstance(value, list):
        items: list[object] = value  # pyright: ignore[reportUnknownVariableType]  # JSON of any kind
        return "\n".join(written(item) for item in items)
    if isinstance(value, dict):
        return _stack_of_object(value)  # pyright: ignore[reportUnknownArgumentType]  # as above
    return ""


def _stack_of_object(value: dict[str, object], depth: int = 0) -> str:
    """Return the stack in an object; where it holds what caused it as an object of its kind, that stands below."""
    stack = _stack(next((found for key in _STACKS if (found := value_at(value, key))), ""))
    cause = value.get("cause")
    if not isinstance(cause, dict) or "Caused by: " in stack or depth >= _MOST_CAUSES:
        return stack
    head = stack or _head_of(value)
    below = _stack_of_object(cause, depth + 1) or _head_of(cause)  # pyright: ignore[reportUnknownArgumentType]  # as above
    return f"{head}\nCaused by: {below}" if head and below else stack


def _head_of(value: Mapping[str, object]) -> str:
    return ": ".join(filter(None, (_first(value, _TYPES), _first(value, _MESSAGES))))


def _first(fields: object, keys: tuple[str, ...]) -> str:
    return next((found for key in keys if (found := text(value_at(fields, key)))), "")
