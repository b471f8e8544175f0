"""Keep one text within bounds: of a 10 MB attribute its beginning is stored, of a stack trace both ends."""

#: Most bytes (UTF-8) of one stored text.
MAX_TEXT_BYTES = 64 * 1024
#: Stands where text was left out.
CUT = "…[cut]"
# Bytes of the mark with a line feed before and behind it.
_MARKS = len(CUT.encode()) + 2
# How far back a cut may go to fall between two words: half a secret would not be recognised as one.
_BACK = 512
# What no secret without a name of its own goes on over; a quoted or named one is known by its beginning.
_BREAKS = " \n\t\"'<>{}[](),;&|"
#: The head of a card number or IBAN may end at a blank.
_NUMBER = "0123456789 -"


def cut(text: str, limit: int = MAX_TEXT_BYTES) -> str:
    """Cut a text to at most `limit` bytes plus the mark."""
    if len(text) * 4 <= limit or _fits(text, limit):
        return text
    return _head(text, limit) + CUT


def cut_stack(text: str, limit: int = MAX_TEXT_BYTES) -> str:
    """Cut a stack trace in its middle: the error may stand at either end.

    The second part begins with a line: what stands before may be the rest of a secret. Without line feeds there is
    none.
    """
    if len(text) * 4 <= limit or _fits(text, limit):
        return text
    head = _head(text, limit // 2)
    tail = text[-limit // 2 :].encode("utf-8", "replace")[-limit // 2 :].decode("utf-8", "ignore")
    line = tail.find("\n")
    return f"{head}\n{CUT}\n{tail[line + 1 :]}" if line >= 0 else head + CUT


def _fits(text: str, limit: int) -> bool:
    # What was cut before has the mark on top.
    return len(text) <= limit + _MARKS and len(text.encode("utf-8", "replace")) <= limit + _MARKS * (CUT in text)


def _head(text: str, limit: int) -> str:
    head = text[:limit].encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
    end = max(head.rfind(sign, -_BACK) for sign in _BREAKS)
    if end <= 0:
        # One word for all that one can see: whatever it is, half of it is of no use.
        return head[:-_BACK]
    head = head[: end + 1] if head[end] in "\"'([{" else head[:end]
    return head.rstrip(_NUMBER) if len(head) - len(head.rstrip(_NUMBER)) <= 40 else head
