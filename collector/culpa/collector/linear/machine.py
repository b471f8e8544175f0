r"""States and steps: where in the pattern an engine may stand behind each letter, and whether it has then matched.

A state is a place in the pattern together with the kind of the letter that led there, as far as a lookbehind or `\b`
asks.
"""

from dataclasses import dataclass, field

from culpa.collector.linear.certainty import Certain, sure_states
from culpa.collector.linear.syntax import Guard, Nodes, Unprovable

_MAX_WAYS = 60_000
#: What stands before the first letter.
BEGIN = 0


Way = tuple[int, int, tuple[Guard, ...]]


@dataclass
class Machine:
    """`steps[state][letter]` are the states behind one letter, twice where two ways lead there."""

    letters: list[int]
    kinds: list[int]  # of each letter
    starts: list[int]  # one for each kind of letter that may stand before
    steps: list[dict[int, list[int]]] = field(default_factory=list[dict[int, list[int]]])
    accepts: list[bool] = field(default_factory=list[bool])  # matches whatever comes


def build(nodes: Nodes) -> Machine:
    """Return the machine of a pattern; every state in it can be reached."""
    return _Build(nodes).machine()


class _Build:
    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes
        self.letters = _representatives(nodes)
        befores = sorted({g.before for edges in nodes.silent for _, g in edges if g and g.before >= 0})
        if any(g.boundary is not None for edges in nodes.silent for _, g in edges if g):
            befores.append(nodes.alphabet.word)
        signs = [tuple(mask >> letter & 1 for mask in befores) for letter in self.letters]
        known = sorted(set(signs))
        self.kinds = [known.index(sign) + 1 for sign in signs]
        self.sample = {kind: self.letters[self.kinds.index(kind)] for kind in set(self.kinds)}
        self.ways: dict[int, list[Way]] = {}
        self.budget = _MAX_WAYS

    def machine(self) -> Machine:
        number: dict[tuple[int, int], int] = {}
        made = Machine(self.letters, self.kinds, [])
        todo = [(0, kind) for kind in (BEGIN, *sorted(self.sample))]
        for place in todo:
            made.starts.append(number.setdefault(place, len(number)))
        certain: dict[int, Certain] = {}
        while todo:
            place = todo.pop()
            steps, sure = self._steps(*place)
            index = number[place]
            made.steps += [{} for _ in range(index + 1 - len(made.steps))]
            for letter, ends in steps.items():
                for end in ends:
                    if end not in number:
                        number[end] = len(number)
                        todo.append(end)
                made.steps[index][letter] = [number[end] for end in ends]
            certain[index] = Certain(
                sure[0], {letter: {number[end] for end in ends} for letter, ends in sure[1].items()}
            )
        made.accepts = sure_states([certain[n] for n in range(len(number))], len(self.letters))
        return made

    def _steps(
        self, node: int, kind: int
    ) -> tuple[dict[int, list[tuple[int, int]]], tuple[set[int], dict[int, list[tuple[int, int]]]]]:
        """Return the steps; then what is certain: before which letters (or -1, the end) it matches, and its steps."""
        steps: dict[int, list[tuple[int, int]]] = {}
        certain: dict[int, list[tuple[int, int]]] = {}
        matches: set[int] = set()
        for letters, end, guards in self._ways_from(node):
            is_all = all(guard.is_all for guard in guards)
            if end == -1 and is_all and all(self._holds(guard, kind, None) for guard in guards):
                matches.add(-1)
            for index, letter in enumerate(self.letters):
                if (end == -1 or letters >> letter & 1) and all(self._holds(guard, kind, letter) for guard in guards):
                    if end == -1:
                        matches |= {index} if is_all else set()
                        continue
                    steps.setdefault(index, []).append((end, self.kinds[index]))
                    if is_all:
                        certain.setdefault(index, []).append((end, self.kinds[index]))
        return steps, (matches, certain)

    def _holds(self, guard: Guard, kind: int, letter: int | None) -> bool:
        if letter is None and not guard.at_end:
            return False
        if letter is not None and guard.after >= 0 and not guard.after >> letter & 1:
            return False
        if kind == BEGIN:
            if not guard.at_begin:
                return False
        elif guard.before >= 0 and not guard.before >> self.sample[kind] & 1:
            return False
        if guard.boundary is None:
            return True
        word = self.nodes.alphabet.word
        was_word = kind != BEGIN and bool(word >> self.sample[kind] & 1)
        return guard.boundary == (was_word != (letter is not None and bool(word >> letter & 1)))

    def _ways_from(self, node: int) -> list[Way]:
        """Return every way over silent edges to an edge that reads (its letters and end), or to the match (-1)."""
        if node not in self.ways:
            found: list[Way] = []
            self._walk(node, (), frozenset({node}), found)
            self.ways[node] = found
        return self.ways[node]

    def _walk(self, node: int, guards: tuple[Guard, ...], seen: frozenset[int], found: list[Way]) -> None:
        todo = [(node, guards, seen)]
        while todo:
            node, guards, seen = todo.pop()
            self.budget -= 1
            if self.budget < 0:
                raise Unprovable("too many ways through parts that may be empty")
            if node == self.nodes.accept or node in self.nodes.sure:
                found.append((0, -1, guards))
            found.extend((letters, end, guards) for letters, end in self.nodes.reads[node])
            for end, guard in self.nodes.silent[node]:
                if end not in seen:
                    todo.append((end, (*guards, guard) if guard else guards, seen | {end}))


def _representatives(nodes: Nodes) -> list[int]:
    """Return one letter of each kind that no set of the pattern tells apart."""
    masks = {letters for edges in nodes.reads for letters, _ in edges}
    for edges in nodes.silent:
        for _, guard in edges:
            if guard:
                masks |= {mask for mask in (guard.before, guard.after) if mask >= 0}
                if guard.boundary is not None:
                    masks.add(nodes.alphabet.word)
    ordered = sorted(masks)
    kinds: dict[tuple[int, ...], int] = {}
    for letter in range(len(nodes.alphabet.letters)):
        kinds.setdefault(tuple(mask >> letter & 1 for mask in ordered), letter)
    return sorted(kinds.values())
