"""Looks for a word that multiplies the ways through a machine.

After Weber and Seidl (1991): ways grow without bound if and only if some word v leads from p to p, from p to q, and
from q to q. Then v n times is read in n ways (or more), and each costs an engine that gives up late a step: n squared.
"""

from collections.abc import Callable, Iterable

Steps = list[dict[int, list[int]]]
Pair = tuple[int, int]


def components(nodes: Iterable[int], successors: Callable[[int], Iterable[int]]) -> list[set[int]]:
    """Return the strongly connected parts that hold a cycle (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    standing: set[int] = set()
    found: list[set[int]] = []
    for root in nodes:
        if root in index:
            continue
        work = [(root, iter(successors(root)))]
        index[root] = low[root] = len(index)
        stack.append(root)
        standing.add(root)
        while work:
            node, rest = work[-1]
            for end in rest:
                if end not in index:
                    index[end] = low[end] = len(index)
                    stack.append(end)
                    standing.add(end)
                    work.append((end, iter(successors(end))))
                    break
                if end in standing:
                    low[node] = min(low[node], index[end])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    part: set[int] = set()
                    while node not in part:
                        part.add(stack.pop())
                    standing -= part
                    if len(part) > 1 or node in set(successors(node)):
                        found.append(part)
    return found


def cycles(steps: Steps, within: set[int]) -> list[set[int]]:
    """Return the looping parts among some states."""
    return components(within, lambda state: {e for ends in steps[state].values() for e in ends if e in within})


def doubled(steps: Steps, within: set[int]) -> list[int] | None:
    """Return a word that leads from a state back to it in two ways, all inside `within`: exponential; else None."""
    for part in cycles(steps, within):
        for state in part:
            for letter, ends in steps[state].items():
                inside = [end for end in ends if end in part]
                if len(inside) != len(set(inside)):
                    return [letter]
        for pairs, step in _pair_parts(steps, part, part):
            if any(p == q for p, q in pairs) and any(p != q for p, q in pairs):
                return _word(next((p, q) for p, q in pairs if p != q), pairs, step)
    return None


def grown(first: Steps, looping: set[int], between: Steps, last: Steps, ends: set[int]) -> list[int] | None:
    """Return a word v with p -v-> p in `first`, p -v-> q in `between` and q -v-> q in `last`; else None.

    Args:
        first: steps of p, which stays among `looping`.
        looping: where p may be.
        between: steps on the way from p to q.
        last: steps of q, which stays among `ends`.
        ends: where q may be.

    """
    for p_part in cycles(first, looping):
        for q_part in cycles(last, ends):
            for pairs, step in _pair_parts(first, p_part, q_part, last):
                word = _crossing(pairs, step, between)
                if word is not None:
                    return word
    return None


def _pair_parts(
    first: Steps, p_part: set[int], q_part: set[int], last: Steps | None = None
) -> Iterable[tuple[set[Pair], Callable[[Pair], Iterable[tuple[int, Pair]]]]]:
    other = first if last is None else last

    def step(pair: Pair) -> Iterable[tuple[int, Pair]]:
        p, q = pair
        for letter, p_ends in first[p].items():
            for q_end in other[q].get(letter, ()):
                if q_end in q_part:
                    for p_end in p_ends:
                        if p_end in p_part:
                            yield letter, (p_end, q_end)

    numbers: dict[Pair, int] = {}
    pairs: list[Pair] = []
    for p in p_part:
        for q in q_part:
            numbers[(p, q)] = len(pairs)
            pairs.append((p, q))
    for part in components(range(len(pairs)), lambda n: (numbers[end] for _, end in step(pairs[n]))):
        yield {pairs[n] for n in part}, step


def _crossing(pairs: set[Pair], step: Callable[[Pair], Iterable[tuple[int, Pair]]], between: Steps) -> list[int] | None:
    """Return a word on which one goes from p to q while p and q both come round; None if none does."""
    came: dict[tuple[int, int, int], tuple[tuple[int, int, int], int] | None] = {
        (p, p, q): None for p, q in pairs if p != q
    }
    todo = list(came)
    while todo:
        here = todo.pop()
        p, middle, q = here
        for letter, (p_end, q_end) in step((p, q)):
            if (p_end, q_end) not in pairs:
                continue
            for end in between[middle].get(letter, ()):
                there = (p_end, end, q_end)
                if there in came:
                    continue
                came[there] = (here, letter)
                if end == q_end and p_end != q_end:
                    word: list[int] = []
                    back: tuple[tuple[int, int, int], int] | None = came[there]
                    while back:
                        word.append(back[1])
                        back = came[back[0]]
                    return word[::-1]
                todo.append(there)
    return None


def _word(start: Pair, pairs: set[Pair], step: Callable[[Pair], Iterable[tuple[int, Pair]]]) -> list[int]:
    """Return the letters of a cycle through a pair."""
    came: dict[Pair, tuple[Pair, int]] = {}
    todo = [start]
    for here in todo:
        for letter, there in step(here):
            if there == start:
                word, at = [letter], here
                while at != start:
                    at, letter = came[at]
                    word.append(letter)
                return word[::-1]
            if there in pairs and there not in came:
                came[there] = (here, letter)
                todo.append(there)
    return []
