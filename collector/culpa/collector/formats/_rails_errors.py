"""The exception in a request's lines of Rails' log, put into the shape in which Ruby prints one."""

from collections.abc import Sequence
from typing import NamedTuple

from culpa.instrumentation.patterns import late_pattern

#: `KeyError (key not found: "X"):`; 7.1 adds `Caused by:` lines and a section for each cause.
_HEAD = late_pattern(r"(?P<section>Information for(?: cause)?: )?(?P<type>[A-Z]\w*(?:::\w+)*) \((?P<message>.*)")
_END = late_pattern(r"\):?\s*$")
_FRAME = late_pattern(r"\s*(?P<place>[^\s:][^:\n]*:\d+):in [`'](?P<function>[^'\n]*)'\s*$")
_CAUSED_BY = late_pattern(r"Caused by: ")

#: Exceptions that Rails answers with 4xx. Source: ActionDispatch::ExceptionWrapper.rescue_responses.
_CLIENT_ERRORS = {
    "ActionController::RoutingError", "AbstractController::ActionNotFound",
    "ActionController::MethodNotAllowed", "ActionController::UnknownHttpMethod",
    "ActionController::NotImplemented", "ActionController::UnknownFormat",
    "ActionController::InvalidAuthenticityToken", "ActionController::InvalidCrossOriginRequest",
    "ActionController::BadRequest", "ActionController::ParameterMissing", "ActionController::TooManyRequests",
    "ActionDispatch::Http::MimeNegotiation::InvalidType", "ActionDispatch::Http::Parameters::ParseError",
    "ActionController::MissingExactTemplate", "Rack::QueryParser::ParameterTypeError",
    "Rack::QueryParser::InvalidParameterError", "ActiveRecord::RecordNotFound",
    "ActiveRecord::StaleObjectError",
    "ActiveRecord::RecordInvalid", "ActiveRecord::RecordNotSaved",
}  # fmt: skip


class RailsError(NamedTuple):
    """An exception as Rails logged it; absent is ''."""

    type: str
    message: str
    words: str
    stacktrace: str


def is_client_error(kind: str) -> bool:
    """Say whether Rails answers this exception with 4xx."""
    return kind in _CLIENT_ERRORS


def rails_error(lines: Sequence[str]) -> RailsError:
    """Find the exception in the lines of a request, without their prefixes."""
    parts: list[tuple[str, str, list[str]]] = []
    at = 0
    while at < len(lines):
        found = _HEAD.match(lines[at])
        if not found or not _is_head(lines, at):
            at += 1
            continue
        message, at = _message(lines, at, found["message"])
        frames, at = _frames(lines, at)
        if found["section"] == "Information for: ":
            parts = []  # says again, with its frames, what the head said
        if parts or frames or message or not found["section"]:
            parts.append((found["type"], message, frames))
    if not parts:
        return RailsError("", "", "", "")
    kind, message, frames = parts[0]
    stacktrace = "\n".join(_printed(*part) for part in parts if part[2]) if frames else ""
    return RailsError(kind, message, f"{kind} ({message})", stacktrace)


def _is_head(lines: Sequence[str], at: int) -> bool:
    """Say whether an exception is printed here: behind an empty line, as Rails does."""
    return (at == 0 or not lines[at - 1].strip()) and not _CAUSED_BY.match(lines[at])


def _message(lines: Sequence[str], at: int, first: str) -> tuple[str, int]:
    """Return the message that may go over several lines, and the number of the line behind it."""
    kept = [first]
    at += 1
    while not _END.search(kept[-1]) and at < len(lines) and not _FRAME.match(lines[at]):
        kept.append(lines[at])
        at += 1
    return _END.sub("", "\n".join(kept)).rstrip(), at


def _frames(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """Return the frames that follow: behind an excerpt of a template and empty lines, if any."""
    kept: list[str] = []
    while at < len(lines):
        frame = _FRAME.match(lines[at])
        if frame:
            kept.append(f"{frame['place']}:in `{frame['function']}'")
        elif kept or (_HEAD.match(lines[at]) and _is_head(lines, at)):
            break
        at += 1
    return kept, at


def _printed(kind: str, message: str, frames: Sequence[str]) -> str:
    first, _, more = message.partition("\n")
    head = f"{frames[0]}: {first} ({kind})" + (f"\n{more}" if more else "")
    return "\n".join([head, *(f"\tfrom {frame}" for frame in frames[1:])])
