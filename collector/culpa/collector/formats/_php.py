"""What PHP itself says about an error, wherever it is printed: error_log, FPM's log, a web server's log."""

import re
from typing import NamedTuple

from culpa.collector.formats._extent import MOST_OF_MESSAGE
from culpa.collector.formats._levels import ERROR, FATAL, WARNING
from culpa.instrumentation.patterns import late_pattern

_ERROR = late_pattern(
    r"(?:PHP )?(?P<level>(?:Recoverable |Catchable )?[Ff]atal error|Parse error|Core error|Compile error"
    r"|Warning|Core warning|Compile warning|Notice|Deprecated|Strict Standards): +(?P<rest>.*)",
    re.DOTALL,
)
_PLACE = late_pattern(r" in (?P<file>[^\n]+?)(?: on line |:)(?P<line>\d+)\s*")
_THROWN = late_pattern(r"\n *thrown in [^\n]+ on line \d+\s*$")
_STACK = "\nStack trace:\n"
_UNCAUGHT = "Uncaught "

#: A fatal error is no exception in PHP; these are the names that frameworks give it.
_TYPES = {"parse error": "ParseError", "compile error": "CompileError"}
_EVENTS = {"Allowed memory size of ": "memory.exhausted", "Maximum execution time of ": "script.timeout"}
_SEVERITIES = {"notice": 10, "deprecated": 9, "strict standards": 9}


#: Where a web server's log quotes what PHP wrote to its standard error: one message or several.
_QUOTED = late_pattern(r"(?:^|[\n;\"' ])PHP message: ")
_QUOTE_END = late_pattern(r"[\"'](?: while [a-z ]+)?$")


#: Warnings after which a script has nothing to go on with: no database, or not even the script.
_GIVES_UP = late_pattern(r"\([0-9A-Z]{5}/\d{4}\): |Unable to open primary script")


#: An exception as Drupal words it where it has no log to write to: `Type: words in f() (line 7 of /a.php). #0 …`.
_WORDED = late_pattern(
    r"(?P<gave_up>Failed to log error: )?(?P<type>[A-Z]\w{0,80}(?:\\\w{1,80}){1,12}|[A-Z]\w{0,80}(?:Exception|Error)): "
)
_WORDED_PLACE = late_pattern(r" \(line (?P<line>\d{1,7}) of (?P<file>[^()\n]{1,400})\)\.?")
#: An exception as Slim lists it, a field a line: `Type: …`, `Code: …`, `Message: …`, and so on.
_LISTED = late_pattern(r"(?m)^(?P<key>Type|Code|Message|File|Line|Trace): ?(?=\S)")
_PREVIOUS = late_pattern(r"\nPrevious (?:Error|Exception):\n")
_VIEWED = "\nView in rendered output by"
_STATUS_DIGITS = 3
#: A level, and nothing behind it.
_HEADLINE = late_pattern(r"PHP [A-Z][a-z ]{3,20}: *$")


class PhpError(NamedTuple):
    """An error as PHP printed it; absent is '' or 0."""

    level: str
    severity: int
    message: str  # without place and stack
    event: str = ""
    file: str = ""
    line: str = ""
    type: str = ""
    stacktrace: str = ""

    @property
    def has_ended(self) -> bool:
        """Return whether the script ended by it: what it answered then is a 500."""
        return self.severity >= FATAL

    @property
    def exception_message(self) -> str:
        """Return what it says as an exception, '' where it is none."""
        return self.message if self.type else ""


def is_php_headline(message: str) -> bool:
    """Say whether a message of PHP has its words on the next line."""
    return _HEADLINE.match(message) is not None


def php_error(text: str) -> PhpError:
    """Read `PHP Fatal error:  Uncaught …` and its like; other words are a message without a level."""
    found = _ERROR.match(text)
    if not found:
        return _listed(text) if "\nType: " in text else _worded(text.strip())
    level, rest = found["level"], found["rest"].strip()
    if rest.startswith(_UNCAUGHT):
        return _uncaught(level, rest.removeprefix(_UNCAUGHT))
    words, _, stack = rest.partition(_STACK)
    message, file, line = _split(words)
    event = event_of(message)
    severity = _severity(level)
    kind, stacktrace = "", ""
    if severity >= ERROR:
        kind = _TYPES.get(level.lower(), "FatalError")
        # In the shape of an uncaught exception, which says where it was.
        stacktrace = php_printed(kind, message[:MOST_OF_MESSAGE], f"{file}:{line}", stack.strip()) if file else ""
    return PhpError(level, severity, message, event, file, line, kind, stacktrace)


def _listed(text: str) -> PhpError:
    """Read an exception of which a framework lists the parts; one that it answers with 4xx is a message."""
    whole = text.partition(_VIEWED)[0]
    chain = [_parts(part) for part in _PREVIOUS.split(whole)]
    if not all({"Type", "Message", "File", "Line"} <= part.keys() for part in chain):
        return _worded(text.strip())
    outer = chain[0]
    if outer.get("Code", "").startswith("4") and len(outer["Code"]) == _STATUS_DIGITS:
        return PhpError("", 0, f"{outer['Type']}: {outer['Message']}")
    printed = [
        php_printed(
            part["Type"], part["Message"][:MOST_OF_MESSAGE], f"{part['File']}:{part['Line']}", part.get("Trace", "")
        )
        for part in chain
    ]
    # It is logged as the answer is made of it.
    return PhpError("", FATAL, outer["Message"], "", outer["File"], outer["Line"], outer["Type"], php_chain(printed))


def _parts(text: str) -> dict[str, str]:
    """Return what a list tells, by its keys; a message may go over several lines."""
    heads = list(_LISTED.finditer(text))
    ends = [*(head.start() for head in heads[1:]), *([len(text)] if heads else [])]
    found: dict[str, str] = {}
    for head, end in zip(heads, ends, strict=True):
        found.setdefault(head["key"], text[head.end() : end].strip())
    return found


def _worded(text: str) -> PhpError:
    """Read an exception that an app wrote without a level; other words are a message."""
    found = _WORDED.match(text)
    place = _WORDED_PLACE.search(text, found.end()) if found else None
    if not found or not place:
        return PhpError("", 0, text)
    kind, file, line = found["type"], place["file"], place["line"]
    message = text[found.end() : place.start()].rpartition(" in ")[0]
    stack = text[place.end() :].strip()
    shown = stack if stack.startswith("#0") else ""
    printed = php_printed(kind, message[:MOST_OF_MESSAGE], f"{file}:{line}", shown)
    # Who cannot even write it to its own log has nothing left but to answer 500.
    return PhpError("", FATAL if found["gave_up"] else ERROR, message, "", file, line, kind, printed)


def quoted_error(text: str) -> PhpError:
    """Return the last error that ended a script among those that a web server quotes, or one without a type."""
    quoted = _QUOTED.split(_QUOTE_END.sub("", text.rstrip()))[1:] if "PHP message: " in text else []
    return _that_ended([php_error(words.rstrip("; \n")) for words in quoted])


def that_gives_up(error: PhpError) -> PhpError:
    """Return an error that scripts give up after, as an exception; any other as it is."""
    return (
        error._replace(type="Warning", severity=ERROR) if not error.type and _GIVES_UP.search(error.message) else error
    )


def printed_error(text: str) -> PhpError:
    """Return the error that PHP wrote itself, where a web server's module runs it, or one without a type."""
    return _that_ended([php_error(text)])


def _that_ended(errors: list[PhpError]) -> PhpError:
    """Choose the last that ended the script, else the last warning after which scripts give up."""
    fatal = next((error for error in reversed(errors) if error.severity >= FATAL), None)
    if fatal:
        return fatal
    worded = next((error for error in reversed(errors) if error.type and not error.level), None)
    given_up = next((error for error in reversed(errors) if _GIVES_UP.search(error.message)), None)
    return worded or (given_up._replace(type="Warning") if given_up else PhpError("", 0, ""))


def _uncaught(level: str, text: str) -> PhpError:
    stacktrace = _THROWN.sub("", text).rstrip()
    if len(stacktrace.partition(_STACK)[0]) > MOST_OF_MESSAGE:
        return PhpError(level, FATAL, text[:MOST_OF_MESSAGE], type=text.partition(":")[0][:100])
    # The exception that reached the top is printed last; what it came from stands before it.
    last = re.split(r"\n *Next (?=[A-Za-z_\\])", stacktrace)[-1]
    words = last.partition(_STACK)[0]
    message, file, line = _split(words)
    return PhpError(
        level,
        FATAL,
        message,
        file=file,
        line=line,
        stacktrace=stacktrace if _STACK in stacktrace else "",
        type="" if _STACK in stacktrace else words.partition(":")[0].strip(),
    )


def _split(words: str) -> tuple[str, str, str]:
    """Return message, file and line. The place stands at the end; the message may say ` in ` itself."""
    start = words.rfind(" in ")
    place = _PLACE.fullmatch(words, start) if start >= 0 else None
    return (words[:start], place["file"], place["line"]) if place else (words, "", "")


def _severity(level: str) -> int:
    low = level.lower()
    if "error" in low:
        return FATAL if "fatal" in low or "parse" in low else ERROR
    return _SEVERITIES.get(low, WARNING)


def event_of(message: str) -> str:
    """Return the event that a message tells of, '' for none: any other error may well have been handled."""
    return next((event for words, event in _EVENTS.items() if words in message), "")


def php_stack(kind: str, message: str, place: str, frames: list[str]) -> str:
    """Return an exception in the shape in which PHP prints it. `place` is `file:line`."""
    shown = "\n".join(f"#{number} {frame}" for number, frame in enumerate(frames))
    return php_printed(kind, message[:MOST_OF_MESSAGE], place, shown)


def php_printed(kind: str, message: str, place: str, stack: str) -> str:
    """Return the same of a stack that is printed already, '' for none."""
    return f"{kind}: {message} in {place}{_STACK}{stack or '#0 {main}'}"


def php_chain(outermost_first: list[str]) -> str:
    """Return exceptions as PHP prints a chain: the earliest first, what it led to behind `Next`."""
    return "\n\nNext ".join(reversed(outermost_first))
