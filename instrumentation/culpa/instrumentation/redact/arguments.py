"""Mask what functions were called with in PHP's stack traces: `#0 /a.php(12): login('alice', 'pa55')`."""

import re

from culpa.instrumentation.patterns import late_pattern

_FRAME = late_pattern(r"(?:^|(?<=: ))[ \t]{0,8}+#\d{1,6} [^\n]*+", re.MULTILINE)
_PLACE = late_pattern(r"\(\d{1,9}\): |\[internal function\]: ")
# PHP prints texts of arguments as they are, quotes and line feeds included: only the next frame's start is certain.
_MORE = late_pattern(r"\n(?![ \t]{0,8}(?:#\d|Next |thrown in|\{|\[|at )|\n)[^\n]*+")
_MOST_LINES = 8
_CALLED = late_pattern(r"(?:^|(?<=: ))[ \t]{0,16}+at [\w\\]{1,200}+(?:->|::)\w{1,100}+\(", re.MULTILINE)
_NUMBERS = late_pattern(r"(?<![\w.?-])-?\d++(?:\.\d++)?+(?!\w)")
#: What a text must hold to be looked at more closely.
ARGUMENT_GATES = ((("#",), ("): ", "]: ")), (("->", "::"), ("at ",)))


def redact_arguments(text: str) -> str:
    """Replace texts and numbers among the arguments of frames by `?`; classes and types stay."""
    done: list[str] = []
    last = at = 0
    while found := _FRAME.search(text, at):
        at = found.end()
        start = _start_of_arguments(found.group())
        if start:
            plain, end = _frame(text, found.start() + start, found.end())
            done += (text[last : found.start() + start], plain)
            last = at = end
    if done:
        done.append(text[last:])
        text = "".join(done)
    return _called(text) if "at " in text else text


def _start_of_arguments(line: str) -> int:
    """Return where the arguments of a frame begin, 0 if it has none."""
    place = _PLACE.search(line)
    bracket = line.find("(", place.end()) + 1 if place else 0
    return bracket if bracket and line[bracket : bracket + 1] not in (")", "") else 0


def _frame(text: str, start: int, end: int) -> tuple[str, int]:
    arguments = text[start:end]
    if arguments.rstrip("\r ").endswith(")") or arguments.count("'") % 2 == 0:
        return _plain(arguments), end
    for _ in range(_MOST_LINES):
        more = _MORE.match(text, end)
        if not more:
            break
        end = more.end()
        if more.group().rstrip("\r ").endswith(")"):
            break
    # A text with line feeds in it: its frame ends on the last line that closes a bracket.
    return "?)", end


def _called(text: str) -> str:
    done: list[str] = []
    last = 0
    while found := _CALLED.search(text, last):
        line = text.find("\n", found.end())
        line = line if line >= 0 else len(text)
        end = text.rfind(")", found.end(), line) + 1 or line
        arguments = text[found.end() : end]
        is_prose = "'" in arguments or '"' in arguments
        done += (text[last : found.end()], _plain(arguments) if is_prose else arguments)
        last = end
    done.append(text[last:])
    return "".join(done)


def _plain(arguments: str) -> str:
    quotes = [at for sign in "'\"" for at in (arguments.find(sign), arguments.rfind(sign)) if at >= 0]
    if not quotes:
        return _NUMBERS.sub("?", arguments)
    first, last = min(quotes), max(quotes)
    behind = arguments[last + 1 :] if last > first else ""
    return f"{_NUMBERS.sub('?', arguments[:first])}?{_NUMBERS.sub('?', behind)}"
