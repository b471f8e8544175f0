"""An exception that a log record tells in its body only, as most loggers outside of OpenTelemetry do."""

import re

from culpa.collector.exceptions.extent import MOST_OF_STACK
from culpa.collector.exceptions.stacktrace import unfolded
from culpa.collector.exceptions.stacktrace.inline import ROOT_BELOW
from culpa.instrumentation.patterns import late_pattern

#: What a body must hold to be looked at more closely; RE2 syntax, for whole columns at once.
HINT = (
    r"Traceback \(most recent call last\)|\n\s+at |(?:\t|\\t)at [\w.$]+\(|nested exception is |Caused by: "
    r"|[a-z0-9]\.[A-Z]\w*(?:Exception|Error): "
    # Words that clients put into a sentence of the app: whose they are is looked at next.
    r"|SQLSTATE|\bpq: |\b(?:dial|read|write) tcp |\bECONN(?:REFUSED|RESET)\b|rpc error: code = "
    r"|\b(?:redis|kafka|nats|amqp|sql|gocql): |\b[Ee]rror \d{4} \([0-9A-Z]{5}\): "
    r"|\b(?:Get|Post|Put|Patch|Delete) \"https?://|connection to server |error returned from database: "
    r"|HTTPS?ConnectionPool\(host=|Error -?\d+ connecting to |connect to MySQL server|\bruntime error: "
    r"|\bgoroutine \d{1,9} \["
)

#: What the status message of a span must be to be read as an exception: its type in front, a chain, or what a driver of
#: a database says, as an SDK without types (PHP's, Go's) takes the message alone; RE2 syntax.
STATUS_HINT = (
    r"^[A-Za-z_][\w.$]*(?:Error|Exception)(?:: |$)|nested exception is "
    r"|SQLSTATE[\[ ]|\bpq: |\bError \d{4} \([0-9A-Z]{5}\): |error returned from database: "
)

#: Only records of this OTLP severity and above, or of none, are taken for the story of a failure.
LEAST_SEVERITY = 17

# A stack begins where one of these lines does.
_STACK = late_pattern(r"^(?:Traceback \(most recent call last\):|(?=\S[^\n]*\n\s+at ))", re.MULTILINE)
# `X: …; nested exception is java.lang.IllegalStateException: No instances available for x`: a chain is kept whole.
_CHAINED = late_pattern(r"nested exception is ")
_FIRST = late_pattern(r"(?:^|[\s\[(])((?:[a-z_][\w$]*\.)+[A-Z][\w$]*: )")
# A logger's words on the line of the type: `request failed: java.lang.IllegalStateException: no`.
_BEHIND_WORDS = late_pattern(r"[\s\[(]((?:[a-z_][\w$]*\.)+[A-Z][\w$]*)(?:: |$)")
_TYPE = late_pattern(r"[A-Za-z_][\w.$]{0,400}(?:Error|Exception)")
# A message of several lines stands between the type and the frames.
_TYPE_ABOVE = late_pattern(r"[A-Za-z_$][\w$.]{0,200}(?:Error|Exception)(?: \[[\w.-]{1,80}\])?: ?")
_TYPE_FIRST = late_pattern(r"[\w.$\\]+(?:: |$)")
_INLINE = late_pattern(r"(?:nested exception is |Caused by: |[\s\[(:]|^)((?:[a-z_][\w$]*\.)+[A-Z][\w$]*): ([^\n;\]]*)")
# What a web framework of Go prints of a panic that it recovered from.
_PANIC = late_pattern(r"\bruntime error: [^\n]+|\bpanic(?: serving \S{1,80})?: (?P<words>[^\n]+)")
# What recovered from a panic puts before what was panicked with, and the trace behind it: on the same line or the next.
_GOROUTINE = late_pattern(
    r"(?:^|\n)(?:[^\n]{0,80}?(?:\[PANIC RECOVER\]|[Rr]ecover(?:ed)?(?: from)?(?: panic)?(?: situation)?:)[ -]{1,4})?"
    r"(?P<words>[^\n]{0,2000}?)[ \n]goroutine \d{1,9} \[[a-z][^\]\n]{0,60}\]:\n"
)


def exception_in(body: str) -> dict[str, str]:
    """Return `exception.*` attributes of the exception that the body tells, empty if it tells none."""
    body = unfolded(body[:MOST_OF_STACK])
    stack = _STACK.search(body)
    if stack:
        told = body[stack.start() :]
        is_below = stack.start() > 0 and _TYPE_ABOVE.match(body) and not _TYPE_ABOVE.match(told)
        return {"exception.stacktrace": body if is_below and not told.startswith("Traceback") else _from_type(told)}
    recovered = _GOROUTINE.search(body) if "goroutine " in body else None
    if recovered:
        return _panic(recovered["words"].strip() or "panic") | {
            "exception.stacktrace": body[recovered.start("words") :]
        }
    inline = _INLINE.findall(body)
    linked = _CHAINED.search(body)
    if inline and linked and (len(inline) > 1 or "://" in body[: linked.start()]):
        # A logger's words before it are nobody's exception, unless they are all that there is around the cause.
        first = _FIRST.search(body, 0, linked.start())
        return {"exception.stacktrace": _chain(body[first.start(1) :] if first else body)}
    if not inline:
        panic = _PANIC.search(body)
        return _panic((panic["words"] or panic[0]).strip()) if panic else {}
    kind, message = inline[-1]
    return {"exception.type": kind, "exception.message": message.strip()}


def _chain(told: str) -> str:
    """Return a chain that is told on one line, with the root that Tomcat puts below it."""
    line, _, below = told.partition("\n")
    return told.rstrip() if below and line.endswith(ROOT_BELOW) else line.rstrip(" ])")


def _panic(words: str) -> dict[str, str]:
    kind = "runtime.Error" if words.startswith("runtime error: ") else "panic"
    return {"exception.type": kind, "exception.message": words}


def _from_type(stack: str) -> str:
    """Return the stack from its type on: what a logger says before it on that line is nobody's exception."""
    head = stack.partition("\n")[0]
    behind = None if _TYPE_FIRST.match(head) else _BEHIND_WORDS.search(head)
    return stack[behind.start(1) :] if behind else stack


def exception_in_status(message: str) -> dict[str, str]:
    """Return `exception.*` attributes of a status message that fits STATUS_HINT: `Type: message`, a chain, or words."""
    found = exception_in(message) if "nested exception is " in message else {}
    kind, _, words = message.partition(": ")
    if found or _TYPE.fullmatch(kind):
        return found or {"exception.type": kind, "exception.message": words}
    return {"exception.message": message}
