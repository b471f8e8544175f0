"""Decode a body that was refused as a whole item by item: one that cannot be read costs no other.

Refuses to guess at a body whose groups cannot be told apart: that is Malformed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from culpa.collector.decode.decoded import Decoded
from culpa.collector.decode.envelope import Item, body_of, items_of
from culpa.collector.decode.errors import Malformed
from culpa.collector.decode.mend import mend_json, readable
from culpa.collector.decode.unreadable import unreadable_logs

#: As many items of a body are mended, and one more for each so many bytes: all those of an ordinary body.
_MENDED_ITEMS, _BYTES_OF_ONE = 64, 250

#: Decodes a body as a whole, or raises.
Decode = Callable[[bytes], Decoded]

#: A body is cut in halves so often until what is left of it is given up: a call costs milliseconds, and a sender must
#: not be able to buy thousands of them with one body.
_MAX_CALLS = 60


@dataclass
class _Search:
    """What was found so far of one body."""

    decode: Decode
    pack: Callable[[Sequence[Item]], bytes]
    calls: int = 0
    parts: list[Decoded] = field(default_factory=list[Decoded])
    lost: list[Item] = field(default_factory=list[Item])
    why: str = ""

    def look(self, items: Sequence[Item]) -> None:
        """Decode items, those that spoil a call apart from the others."""
        if not items:
            return
        if self.calls >= _MAX_CALLS:
            self.lost += items
            return
        self.calls += 1
        try:
            self.parts.append(self.decode(self.pack(items)))
        except Exception as error:
            # Whatever it is that one item raises, our own mistakes too: the others are none of its business.
            self.why = str(error) if isinstance(error, Malformed) else repr(error)
            if len(items) == 1:
                self.lost += items
                return
            half = len(items) // 2
            self.look(items[:half])
            self.look(items[half:])


def decode_apart(signal: str, body: bytes, decode: Decode, decode_logs: Decode, *, is_json: bool) -> Decoded:
    """Decode what can be decoded of one body, count the rest as rejected, and keep it as records of a log.

    Errors: Malformed if nothing can.
    """
    try:
        items = items_of(signal, body, is_json=is_json)
    except Malformed:
        if not is_json:
            raise
        items = items_of(signal, mend_json(body), is_json=True)
    kept, lost = _readable(signal, items, is_json=is_json)
    search = _Search(decode, lambda some: body_of(signal, some, is_json=is_json))
    search.look(kept)
    lost += search.lost
    if not search.parts:
        raise Malformed(search.why or f"cannot decode the body: {_REFUSED.format(len(lost), len(items))}")
    if not lost:
        mended = sum(before.content != after.content for before, after in zip(items, kept, strict=True))
        return _joined(search.parts, 0, _MENDED.format(mended or "some", len(items)))
    joined = _joined(search.parts, len(lost), _REFUSED.format(len(lost), len(items)))
    return with_logs(joined, signal, decode_logs(unreadable_logs(signal, lost, is_json=is_json)))


def with_logs(decoded: Decoded, signal: str, logs: Decoded) -> Decoded:
    """Return a decoding (of logs: of one body) with records of a log added, but not the exceptions that these tell."""
    tables = dict(decoded.tables)
    for relation in ("logs", "resources"):
        parts = [tables[relation]] if relation in tables else []
        tables[relation] = pa.concat_tables([*parts, logs.tables[relation]])
    rows = [decoded.rows_per_body[0] + logs.rows_per_body[0]] if signal == "logs" else decoded.rows_per_body
    return replace(decoded, tables=tables, rows_per_body=rows)


#: Told with a count of 0, which OTLP has for warnings.
_MENDED = "{} of the {} items held what cannot be read, and are kept without it; check the sender's encoding"
_REFUSED = "{} of the {} items cannot be read; check the sender's encoding"


def _readable(signal: str, items: Sequence[Item], *, is_json: bool) -> tuple[list[Item], list[Item]]:
    """Return the items, mended where they can be, and those that no decoder takes; a head that cannot be is empty."""
    heads: dict[tuple[int, bytes], bytes] = {}
    empty = b"{}" if is_json else b""
    for item in items:
        for level, head in enumerate((item.group_head, item.scope_head)):
            if (level, head) not in heads:
                heads[level, head] = readable(signal, level, head, is_json=is_json) or empty
    kept, lost = list[Item](), list[Item]()
    # To mend one takes as long as to decode some, so a body of nothing else would be dear: what is beyond that is lost.
    mendable = _MENDED_ITEMS + sum(len(item.content) for item in items) // _BYTES_OF_ONE
    for item in items:
        item = replace(item, group_head=heads[0, item.group_head], scope_head=heads[1, item.scope_head])
        content = readable(signal, 2, item.content, is_json=is_json, may_mend=mendable > 0)
        mendable -= content is not item.content
        if content is None:
            lost.append(item)
        else:
            kept.append(replace(item, content=content))
    return kept, lost


def _joined(parts: Sequence[Decoded], lost: int, why: str) -> Decoded:
    """Return the decodings of parts of one body as that of the whole."""
    rejected = sum(part.rejected_per_body[0] for part in parts)
    reasons = [why, *(part.messages[0] for part in parts)]
    names = dict.fromkeys(name for part in parts for name in part.tables)
    return Decoded(
        {name: pa.concat_tables([part.tables[name] for part in parts if name in part.tables]) for name in names},
        [sum(part.rows_per_body[0] for part in parts)],
        [rejected + lost],
        ["; ".join(dict.fromkeys(text for text in reasons if text))],
        frozenset[str]().union(*(part.suspects for part in parts)),
    )
