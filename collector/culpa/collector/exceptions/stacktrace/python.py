"""Python: `Traceback (most recent call last):`, chains and exception groups."""

import re

from culpa.collector.exceptions.stacktrace.raised import Raised, is_own_file, make_frame
from culpa.instrumentation.exceptions.caught import has_gone_on, is_put_into_words, is_signal
from culpa.instrumentation.patterns import late_pattern

_HEAD = "Traceback (most recent call last):"
_FRAME = late_pattern(r'^[^\S\n]*File "([^"\n]+)", line (\d+)(?:, in (.+))?$', re.MULTILINE)
_LINK = late_pattern(
    r"\n\n?(?:The above exception was the direct cause of the following exception:"
    r"|During handling of the above exception, another exception occurred:)\n\n?"
)
_TYPE = late_pattern(r"([A-Za-z_][\w.]*(?:\.<locals>\.[\w.]+)*)(?:: ?([\s\S]*))?\Z")
# The first line behind the frames that is not indented.
_ERROR = late_pattern(r"\n(?=[^\s\"])")
# Where a trace was pasted without its indentation: a frame's line, and the source below it.
_FLAT_FRAME = late_pattern(r'^(File "[^"\n]+", line \d+(?:, in .+)?)(?:\n(?!File ")(.*))?$', re.MULTILINE)
_LOOK_UPS = ("AttributeError", "KeyError", "IndexError", "LookupError")
_GROUP = "+ Exception Group Traceback"
_MEMBER = late_pattern(r"^([^\S\n]*)\+-[+-]?-*[^\S\n]*1[^\S\n]*-+\n", re.MULTILINE)
_NEXT_MEMBER = late_pattern(r"\s*\+(?:-*(?:\s+|\s*(?:\d+|\.\.\.)\s*))?-+\s*$")
# An error's own text may tell the place that it speaks of (FastAPI's, of an answer that is not as declared).
_INLINE_FRAME = late_pattern(r'\n\n  File "([^"\n]+)", line (\d+), in (\S+)\n    ')
_BAR = late_pattern(r"^[^\S\n]*[|+] ?", re.MULTILINE)


def matches(text: str) -> bool:
    """Tell whether this is a Python trace."""
    return _HEAD in text or ('File "' in text and ", line " in text)


def own_part(text: str) -> str:
    """Return the text without the exceptions that the app had caught before it went on to what failed now."""
    links = list(_LINK.finditer(text))
    ends = [*(link.start() for link in links[1:]), len(text)]
    begins = [0, *(link.end() for link in links)]
    for begin, link, end in reversed(list(zip(begins, links, ends, strict=False))):
        if "direct cause" not in link[0] and _has_gone_on(text[begin : link.start()], text[link.end() : end]):
            return text[link.end() :]
    return text


def read(text: str) -> list[Raised]:
    """Read the chain of an own part, outermost first.

    The first printed block is the earliest exception. It is the origin in both forms: `raise … from` names it,
    and what is raised while it is handled, without `from None`, comes out of it too; but not where the app
    caught it and went on to something else, which failed for itself.
    """
    chain: list[Raised] = []
    for block in reversed(_LINK.split(text)):
        chain.extend(_read_block(block))
    if len(chain) > 1 and _is_put_into_words(*chain[-2:]):
        chain.pop()
    # What a library looked up in vain, and caught itself, is not what went wrong then.
    while (
        len(chain) > 2 and chain[-1].type in _LOOK_UPS and chain[-2].type not in _LOOK_UPS and _is_of_library(chain[-1])
    ):
        chain.pop()
    # What only steers the flow (the end of an iteration, an empty pool, a timer's cancel) is no origin.
    while len(chain) > 1 and _is_signal(chain[-1]):
        chain.pop()
    return chain


def _has_gone_on(caught: str, following: str) -> bool:
    """Tell whether the app itself caught the one, and a library that it then called raised the other."""
    catcher = _FRAME.search(caught)
    if catcher is None or not is_own_file(catcher[1]):
        return False
    before, raised = _read_block(caught), _read_block(following)
    if not before or not raised or not raised[-1].frames or raised[-1].frames[-1].in_app:
        return False
    return has_gone_on(before[0].type, raised[-1].type)


def _is_put_into_words(raised: Raised, caught: Raised) -> bool:
    """Tell whether a function of a library caught its own look-up's error and said it in words of its own."""
    if not raised.frames or not caught.frames or not is_put_into_words(caught.type, raised.type):
        return False
    inner, outer = caught.frames[-1], raised.frames[-1]
    return not inner.in_app and (inner.file, inner.function) == (outer.file, outer.function)


def _is_signal(raised: Raised) -> bool:
    # Pools keep their connections in a list, and find it empty.
    is_empty = (
        raised.type == "IndexError"
        and raised.message.startswith("pop from ")
        and not any(frame.in_app for frame in raised.frames)
    )
    return is_empty or is_signal(raised.type)


def _is_of_library(raised: Raised) -> bool:
    """Tell whether the frame that caught it, which a trace begins with, is a library's: none is the app's."""
    return bool(raised.frames) and not any(frame.in_app for frame in raised.frames)


def _read_block(block: str) -> list[Raised]:
    if '\nFile "' in block:
        block = _FLAT_FRAME.sub(lambda frame: f"  {frame[1]}" + (f"\n    {frame[2]}" if frame[2] else ""), block)
    if _GROUP in block or ("-- 1 --" in block and _MEMBER.search(block)):
        return _read_group(block)
    # An error's text may show a frame itself (FastAPI's), so frames are looked for before it only.
    begin = block.find(_HEAD) + len(_HEAD) if _HEAD in block else 0
    error = _ERROR.search(block, begin)
    until = error.end() if error else len(block) if begin else 0
    found = _FRAME.findall(block, begin, until)
    frames = tuple(make_frame(*frame) for frame in found[:-1] if is_own_file(frame[0]))
    frames += tuple(make_frame(*frame) for frame in found[-1:])
    match = _TYPE.match(block[until:].rstrip())
    if not match:
        return [Raised("", "", frames)] if frames else []
    inline = _INLINE_FRAME.search(match[2] or "") if _HEAD not in (match[2] or "") else None
    if inline and is_own_file(inline[1]):
        frames += (make_frame(inline[1], inline[2], inline[3]),)
    return [Raised(match[1], (match[2] or "").strip(), frames)]


def _read_group(block: str) -> list[Raised]:
    """Read a group and, as what it came from, the chain of its first member; the others are only evidence."""
    member = _MEMBER.search(block)
    own = _BAR.sub("", block[: member.start()] if member else block)
    group = _read_block(own.replace("Exception Group Traceback", "Traceback"))
    if not member:
        return group
    column = len(member[1]) + 2
    lines: list[str] = []
    for line in block[member.end() :].split("\n"):
        depth = len(line) - len(line.lstrip())
        # The rule before the next member stands at this member's column, its text never left of it.
        if depth < column or (depth == column and _NEXT_MEMBER.match(line)):
            break
        # Deeper bars belong to groups inside this member.
        lines.append(line[column + 2 :] if depth == column and line[column : column + 1] == "|" else line)
    return group + read(own_part("\n".join(lines)))
