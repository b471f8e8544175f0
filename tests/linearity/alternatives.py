"""What a pattern lets stand at one place: its alternatives."""


def alternatives(pattern: str) -> list[str]:
    """Split a pattern at the bars that stand in no group and no class; a `(?i)` at its start counts for each."""
    flag, body = ("(?i)", pattern[4:]) if pattern.startswith("(?i)") else ("", pattern)
    return [flag + one for one in _split(body)[0]]


def alternations(pattern: str) -> list[list[str]]:
    """Return the alternatives of the pattern itself, and of each group in it that has more than one."""
    parts, groups = _split(pattern.removeprefix("(?i)"))
    inner = [found for group in groups for found in alternations(group)]
    return [found for found in (parts, *inner) if len(found) > 1]


def _split(body: str) -> tuple[list[str], list[str]]:
    """Return the alternatives of a pattern, and what stands in its outermost groups."""
    parts, groups, opened, in_class, start, at = [], [], list[int](), False, 0, 0
    while at < len(body):
        sign = body[at]
        if sign == "\\":
            at += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
            at += body[at + 1 : at + 2] in ("]", "^")
        elif sign == "(":
            opened.append(at)
        elif sign == ")":
            begin = opened.pop()
            groups += [] if opened else [body[begin + 1 : at].removeprefix("?:")]
        elif sign == "|" and not opened:
            parts.append(body[start:at])
            start = at + 1
        at += 1
    return [*parts, body[start:]], groups
