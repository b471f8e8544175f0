"""From which states a pattern matches whatever the rest of the text is."""

from dataclasses import dataclass

_MAX_SETS = 3_000
END = -1


@dataclass(frozen=True)
class Certain:
    """What is certain of a state: before which letters (or the end) it has matched, and where a letter leads."""

    matches: set[int]
    steps: dict[int, set[int]]


def sure_states(states: list[Certain], letters: int) -> list[bool]:
    """Tell of each state whether no text can make it fail. In doubt it can."""
    return [_is_sure(frozenset({n}), states, letters) for n in range(len(states))]


def _is_sure(start: frozenset[int], states: list[Certain], letters: int) -> bool:
    """Follow all states that a text may lead to at once, until each text has matched or one has failed."""
    seen = {start}
    todo = [start]
    while todo:
        here = todo.pop()
        if not any(END in states[n].matches for n in here):
            return False
        for letter in range(letters):
            if any(letter in states[n].matches for n in here):
                continue
            there = frozenset(end for n in here for end in states[n].steps.get(letter, ()))
            if not there or len(seen) > _MAX_SETS:
                return False
            if there not in seen:
                seen.add(there)
                todo.append(there)
    return True
