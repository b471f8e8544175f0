"""Keep one text within bounds: of a 10 MB attribute its beginning is stored, of a stack trace both ends."""

#: Most bytes (UTF-8) of one stored text.
MAX_TEXT_BYTES = 64 * 1024
#: Stands where text was left out.
CUT = "…[cut]"
# How far back a cut may go to fall between two words: half a secret would not be recognised as one.
_BACK = 512


def cut(text: str, limit: int = MAX_TEXT_BYTES) -> str:
    """Cut a text to at most `limit` bytes plus the mark."""
    if len(text) * 4 <= limit or len(text.encode()) <= limit:
        return text
    return _head(text, limit) + CUT


def cut_stack(text: str, limit: int = MAX_TEXT_BYTES) -> str:
    """Cut a stack trace in its middle: the error may stand at either end."""
    if len(text) * 4 <= limit or len(text.encode()) <= limit:
        return text
    head = _head(text, limit // 2)
    tail = text.encode()[-limit // 2 :].decode("utf-8", "ignore")
    line = tail.find("\n")
    return f"{head}\n{CUT}\n{tail[line + 1 :] if 0 <= line < len(tail) // 2 else tail}"


def _head(text: str, limit: int) -> str:
    head = text.encode()[:limit].decode("utf-8", "ignore")
    space = max(head.rfind(" ", -_BACK), head.rfind("\n", -_BACK))
    return head[:space] if space > len(head) - _BACK and space > 0 else head
