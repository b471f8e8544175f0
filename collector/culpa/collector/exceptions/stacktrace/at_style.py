"""Traces whose frames start with `at`: Java, Node, .NET, and what OpenTelemetry's PHP writes."""

import re

from culpa.collector.exceptions.stacktrace.raised import Frame, Raised, make_frame
from culpa.instrumentation.patterns import late_pattern

_AT = late_pattern(r"^[^\S\n]*at\s", re.MULTILINE)
_FRAME = late_pattern(
    r"^\s*at (?:async )?(?:(?P<function>[^\n]*?) ?\((?P<place>[^()\n]*)\)"
    r"(?: in (?P<net>[^\n]{1,300}?):line (?P<netline>\d+))?"
    r"|(?P<bare>\S+?:\d+(?::\d+)?))"
    # Logback, and so Spring Boot by default, and Log4j tell where a class is from: `~[classes/:na]`, `[app.jar:1.0]`.
    r"(?: ~?\[[^\]\n]{1,300}\])?\s*$"
)
_PLACE = late_pattern(r"^(?:file://)?(.+?):(\d+)(?::\d+)?$")
# .NET tells what a method takes where others tell the place: `Read(Byte[] buffer, Int32& offset)`.
_PARAMETER = late_pattern(r"[^\s,]{1,300} @?\w{1,100}$")
_NO_PLACE = ("Native Method", "Unknown Source")
# Up to .NET Core 3.1 the whole chain stood on the first lines, and the frames of each below, the origin's first.
_TOLD_AT_ONCE = late_pattern(r"(?<=\S) ---> (?=[A-Za-z_][\w.`+]{0,200}(?:Exception|Error)\b)")
_END_OF_INNER = late_pattern(r"^[^\S\n]*--- End of inner exception stack trace ---[^\S\n]*\n?", re.MULTILINE)
# Jenkins, and Logback's `%rEx`, print a chain the other way round: what it began with first, each wrapper behind it.
_WRAPPER = late_pattern(
    r"^[^\S\n]*(?:Caused|Wrapped by): (?:<#[0-9a-f]{1,16}> )?(?=[A-Za-z_$][\w$.]{0,200}(?:: |$))", re.MULTILINE
)
#: A chain of which the calls were left out, as loggers that write objects have it.
_CHAIN_ALONE = late_pattern(r"^Caused by: (?:[a-z_]\w{0,60}\.){1,10}[A-Z]\w{0,100}(?:Exception|Error)\b", re.MULTILINE)
_CAUSE = late_pattern(r"^[^\S\n]*(?:Caused by: |\[cause\]: |---> )", re.MULTILINE)
# .NET adds the HRESULT or error number, `X (0x80004005): …`; Node its code, `X [ERR_Y]: …`; Logback's JSON encoder puts
# a hash of the stack before it, `<#3a3d0af9> X: …`.
_TYPE = late_pattern(
    r"(?:Exception in thread \"[^\"\n]*\" |Uncaught |<#[0-9a-f]{1,16}> )?([A-Za-z_$][\w$.\\]*)"
    r"(?: \((?:0x[0-9A-Fa-f]+|-?\d+)\))?"
    r"(?: \[[\w.-]+\])?(?:: ([\s\S]*))?\Z"
)
# Artemis: `ActiveMQNotConnectedException[errorType=NOT_CONNECTED message=AMQ219007: Cannot connect …]`.
_BRACKETED = late_pattern(
    r"([A-Za-z_$][\w$.]{0,200}(?:Exception|Error))\[(?:[^\]\n=]{1,40}=[^\]\n=]{0,80} )?message=([^\]\n]{0,2000})\]"
)
_SUPPRESSED = late_pattern(r"^\s+Suppressed: ")


def matches(text: str) -> bool:
    """Tell whether frames start with `at`, or a chain of Java's stands without any."""
    return bool(_AT.search(text) or _CHAIN_ALONE.search(text))


def read(text: str) -> list[Raised]:
    """Read the chain, outermost first; suppressed exceptions are left out."""
    wrappers = _WRAPPER.split(text)
    blocks = reversed(wrappers) if len(wrappers) > 1 else _CAUSE.split(_apart(text))
    return [raised for block in blocks if (raised := _read_block(block))]


def _apart(text: str) -> str:
    """Return a chain that was told at once as later versions of .NET write it: each exception above its own frames."""
    first = _AT.search(text)
    head, below = (text[: first.start()], text[first.start() :]) if first else (text, "")
    chain = _TOLD_AT_ONCE.split(head)
    if len(chain) == 1:
        return text
    frames = _END_OF_INNER.split(below)[: len(chain)]
    frames = [*frames, *("" for _ in chain[len(frames) :])][::-1]
    return "\n ---> ".join(f"{told.rstrip()}\n{own}" for told, own in zip(chain, frames, strict=True))


def _read_block(block: str) -> Raised | None:
    head: list[str] = []
    frames: list[Frame] = []
    for line in block.split("\n"):
        if _SUPPRESSED.match(line):
            break
        match = _FRAME.match(line)
        if match:
            frame = _frame(match)
            if frame:
                frames.append(frame)
        elif not frames and not _END_OF_INNER.match(line):
            head.append(line)
    message = "\n".join(head).strip()
    # Node prints the source line and a caret before an uncaught error.
    match = _BRACKETED.match(message) or _TYPE.match(message) or _TYPE.match(message.rpartition("\n\n")[2])
    if not match:
        return Raised("", message, tuple(reversed(frames))) if frames else None
    return Raised(match[1], (match[2] or "").strip(), tuple(reversed(frames)))


def _frame(match: re.Match[str]) -> Frame | None:
    function = (match["function"] or "").removeprefix("new ")
    if match["net"]:
        return make_frame(match["net"], match["netline"], function)
    text = match["bare"] or match["place"] or ""
    place = _PLACE.match(text)
    if place:
        return make_frame(place[1], place[2], function or "<anonymous>")
    # `Native Method`, `Unknown Source`, `<anonymous>`: no code of the user.
    if text not in _NO_PLACE and all(map(_PARAMETER.match, text.split(", "))):
        text = ""
    return Frame(text, 0, function, False) if function else None
