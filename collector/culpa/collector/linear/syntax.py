"""From a pattern's parse tree to nodes, edges that read a letter, and edges that read none.

What an engine would refuse for a reason that is not modelled (a lookahead of several letters, the length of a
lookbehind) is let through here: more ways are counted than there are, so that a proof stays a proof.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from culpa.collector.linear.alphabet import Alphabet
from culpa.collector.linear.parts import parser, sre

#: A repeat up to this many times is written out; beyond it counts as one without an end.
MAX_COPIES = 300
_MAX_NODES = 30_000
_SETS = (sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY)


class Unprovable(Exception):
    """The pattern uses what the proof does not understand."""


@dataclass(frozen=True)
class Guard:
    """What the letters on both sides of a place must be: two sets, and whether the text may begin or end there."""

    before: int = -1
    after: int = -1
    at_begin: bool = True
    at_end: bool = True
    boundary: bool | None = None  # True: \\b, False: \\B, None: neither
    is_all: bool = True  # the engine asks nothing else here


_NOT_ALL = Guard(is_all=False)


@dataclass
class Nodes:
    """Nodes by number; `silent[n]` are edges without a letter, `reads[n]` edges with a set of letters."""

    alphabet: Alphabet
    silent: list[list[tuple[int, Guard | None]]] = field(default_factory=list[list[tuple[int, Guard | None]]])
    reads: list[list[tuple[int, int]]] = field(default_factory=list[list[tuple[int, int]]])
    accept: int = -1
    sure: set[int] = field(default_factory=set[int])  # where nothing is left that could fail

    def node(self) -> int:
        """Return a new node."""
        if len(self.silent) > _MAX_NODES:
            raise Unprovable("the repeats make it too large")
        self.silent.append([])
        self.reads.append([])
        return len(self.silent) - 1


def read(pattern: str | bytes, flags: int) -> Nodes:
    """Return the nodes of a pattern; node 0 is the start.

    Raises:
        Unprovable: it uses a back-reference, or a condition on a group.

    """
    tree = parser.parse(pattern, flags & ~re.DEBUG)
    nodes = Nodes(Alphabet(tree, isinstance(pattern, bytes)))
    end = _Builder(nodes).sequence(tree, tree.state.flags, nodes.node())
    nodes.accept = end
    return nodes


class _Builder:
    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.sets = nodes.alphabet
        self.ends_well = True  # all that follows may be empty

    def sequence(self, tree: Any, flags: int, at: int) -> int:
        ends_well, items = self.ends_well, list(tree)
        for number, (op, value) in enumerate(items):
            self.ends_well = ends_well and not any(map(self._least, items[number + 1 :]))
            at = self._item(op, value, flags, at)
        self.ends_well = ends_well
        return at

    def _item(self, op: Any, value: Any, flags: int, at: int) -> int:
        if op in _SETS:
            return self._read(at, self.sets.mask(op, value, flags))
        if op is sre.SUBPATTERN:
            return self.sequence(value[3], (flags | value[1]) & ~value[2], at)
        if op is sre.ATOMIC_GROUP:
            return self._atomic(value, flags, at)
        if op is sre.BRANCH:
            end = self.nodes.node()
            for choice in value[1]:
                self._silent(self.sequence(choice, flags, self._step(at)), end)
            return end
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            return self._repeat(value, flags, at, op is sre.POSSESSIVE_REPEAT)
        if op is sre.AT:
            return self._step(at, self._place(value, flags))
        if op in (sre.ASSERT, sre.ASSERT_NOT):
            return self._look(value[0], value[1], flags, at, op is sre.ASSERT)
        raise Unprovable(f"uses {str(op).lower()}")

    def _read(self, at: int, letters: int) -> int:
        end = self.nodes.node()
        self.nodes.reads[at].append((letters, end))
        return end

    def _silent(self, at: int, end: int, guard: Guard | None = None) -> None:
        self.nodes.silent[at].append((end, guard))

    def _step(self, at: int, guard: Guard | None = None) -> int:
        end = self.nodes.node()
        self._silent(at, end, guard)
        return end

    def _atomic(self, body: Any, flags: int, at: int) -> int:
        if len(body) == 1 and body[0][0] is sre.MAX_REPEAT:
            return self._repeat(body[0][1], flags, at, True)
        return self._step(self.sequence(body, flags, at), _NOT_ALL)

    def _repeat(self, value: Any, flags: int, at: int, is_possessive: bool) -> int:
        least, most, body = value
        shortest, longest = body.getwidth()
        if most is sre.MAXREPEAT and not shortest and longest >= sre.MAXREPEAT:
            # The same letters can be one round or many, and what ends a round is no letter by which they could be told.
            raise Unprovable("repeats without end what may match nothing or as much as it likes")
        # A possessive repeat gives nothing back: it is left only where the next letter could not begin another round.
        # (What may match nothing may also leave for that reason.)
        sure = self._sure(body, flags) if is_possessive and body.getwidth()[0] else 0
        leave = (
            Guard(after=self.sets.everything & ~sure, is_all=len(body) == 1 and body[0][0] in _SETS) if sure else None
        )
        leave = leave or (_NOT_ALL if is_possessive else None)
        ends_well = self.ends_well
        for number in range(min(least, MAX_COPIES)):
            self.ends_well = ends_well and number == least - 1
            at = self.sequence(body, flags, at)
        self.ends_well = ends_well
        end = self.nodes.node()
        if most is sre.MAXREPEAT or most > MAX_COPIES:
            loop = self._step(at)
            self.nodes.sure |= {loop} if ends_well else set()
            self._silent(self.sequence(body, flags, self._step(loop)), loop)
            self._silent(loop, end, leave)
            return end
        for _ in range(most - least):
            self.nodes.sure |= {at} if ends_well else set()
            self._silent(at, end, leave)
            at = self.sequence(body, flags, self._step(at))
        self._silent(at, end)
        return end

    def _sure(self, tree: Any, flags: int) -> int:
        """Return the letters of which each alone is enough to match the tree."""
        if not len(tree):
            return 0
        if any(self._least(item) for item in list(tree)[1:]):
            return 0
        op, value = tree[0]
        if op in _SETS:
            return self.sets.mask(op, value, flags)
        if op is sre.SUBPATTERN:
            return self._sure(value[3], (flags | value[1]) & ~value[2])
        if op is sre.ATOMIC_GROUP:
            return self._sure(value, flags)
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[0] == 1:
            return self._sure(value[2], flags)
        if op is sre.BRANCH:
            found = 0
            for choice in value[1]:
                found |= self._sure(choice, flags)
            return found
        return 0

    def _least(self, item: Any) -> bool:
        """Tell whether an item must read something, or refuse something."""
        op, value = item
        return not (op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT) and value[0] == 0)

    def _place(self, code: Any, flags: int) -> Guard:
        newline, nothing = self.sets.newline, 0
        if code is sre.AT_BEGINNING and flags & re.MULTILINE:
            return Guard(before=newline)
        if code in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            return Guard(before=nothing)
        if code is sre.AT_END:
            is_all = bool(flags & re.MULTILINE)  # else of newlines before the last one only
            return Guard(after=newline, is_all=is_all)
        if code is sre.AT_END_STRING:
            return Guard(after=nothing)
        if code in (sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY):
            return Guard(boundary=code is sre.AT_BOUNDARY)
        raise Unprovable(f"uses {str(code).lower()}")

    def _look(self, direction: int, body: Any, flags: int, at: int, is_wanted: bool) -> int:
        is_one, letters, may_end = self._one(body, flags, direction)
        if direction < 0:
            if is_one:
                letters = letters if is_wanted else self.sets.everything & ~letters
                return self._step(at, Guard(before=letters, at_begin=may_end == is_wanted))
            # Its length is fixed, so it costs a constant; of what it says only the last letter is used.
            last = self._one([body[-1]], flags, direction) if len(body) else (False, 0, False)
            before = last[1] if is_wanted and last[0] else -1
            return self._step(at, Guard(before=before, at_begin=before < 0 or last[2], is_all=False))
        if is_one:
            letters = letters if is_wanted else self.sets.everything & ~letters
            return self._step(at, Guard(after=letters, at_end=may_end == is_wanted))
        ends_well, self.ends_well = self.ends_well, False
        self.sequence(body, flags, self._step(at))  # a way of its own, which leads nowhere
        self.ends_well = ends_well
        first = self._one([body[0]], flags, direction) if len(body) else (False, 0, False)
        after = first[1] if is_wanted and first[0] else -1
        return self._step(at, Guard(after=after, at_end=after < 0 or first[2], is_all=False))

    def _one(self, tree: Any, flags: int, direction: int) -> tuple[bool, int, bool]:
        """Return whether the tree reads exactly one letter of a set (or meets an edge of the text), and that set."""
        if len(tree) != 1:
            return False, 0, False
        op, value = tree[0]
        if op in _SETS:
            return True, self.sets.mask(op, value, flags), False
        if op is sre.SUBPATTERN:
            return self._one(value[3], (flags | value[1]) & ~value[2], direction)
        edges = (sre.AT_END, sre.AT_END_STRING) if direction > 0 else (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)
        if op is sre.AT and value == edges[1]:
            return True, 0, True
        if op is sre.AT and value == edges[0]:
            is_line = bool(flags & re.MULTILINE)
            if value is sre.AT_END and not is_line:
                return False, 0, False  # before the last newline only: neither a set nor the end
            return True, self.sets.newline if is_line else 0, True
        if op is sre.BRANCH:
            parts = [self._one(choice, flags, direction) for choice in value[1]]
            letters = 0
            for _, mask, _ in parts:
                letters |= mask
            return all(is_one for is_one, _, _ in parts), letters, any(may_end for _, _, may_end in parts)
        return False, 0, False
