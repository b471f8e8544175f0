"""The answer: is a pattern linear when it is used this way, and if not, which word shows it."""

from dataclasses import dataclass
from typing import Literal

from culpa.collector.linear.ambiguity import Steps, doubled, grown
from culpa.collector.linear.machine import Machine, build
from culpa.collector.linear.syntax import Unprovable, read

#: How a pattern meets a text: from one place on, as a whole, from every place on, and again behind each match.
Use = Literal["match", "fullmatch", "search", "all"]
USES: tuple[Use, ...] = ("match", "fullmatch", "search", "all")


@dataclass(frozen=True)
class Finding:
    """Why a pattern is not proven linear, and what to repeat to see it."""

    use: str
    reason: str
    repeat: str = ""

    def __str__(self) -> str:
        """One line."""
        return f"{self.use}: {self.reason}" + (f", repeat {self.repeat!r}" if self.repeat else "")


def finding(pattern: str | bytes, flags: int = 0, uses: tuple[Use, ...] = USES) -> Finding | None:
    """Return why a pattern is not proven linear in the length of the text; None if it is."""
    try:
        nodes = read(pattern, flags)
        machine = build(nodes)
    except Unprovable as error:
        return Finding("all", str(error))
    codes = nodes.alphabet.letters
    for use in uses:
        problem = _of_use(machine, use)
        if problem:
            reason, word = problem
            return Finding(use, reason, "".join(chr(codes[machine.letters[letter]]) for letter in word))
    return None


def _of_use(machine: Machine, use: Use) -> tuple[str, list[int]] | None:
    everything = set(range(len(machine.steps)))
    # Where the engine has matched whatever comes, it gives up nothing; of a whole text that is known only at its end.
    open_states = everything if use == "fullmatch" else {n for n in everything if not machine.accepts[n]}
    word = doubled(machine.steps, open_states)
    if word:
        return "the ways double with each round", word
    word = grown(machine.steps, everything, machine.steps, machine.steps, open_states)
    if word:
        return "one part can begin at every place of another", word
    if use in ("search", "all"):
        word = _restarted(machine, open_states, use == "all")
        if word:
            return "can begin at every place and goes on from there", word
    return None


def _restarted(machine: Machine, open_states: set[int], is_again: bool) -> list[int] | None:
    """Return a word that is read from each of its repetitions on without a match, or again behind each match.

    What is read behind a match and given up belongs to a way from the match's start, and to one from its end. Each
    counts more than there are, so it is enough if one of them does not grow.
    """
    word = _from_each(machine, open_states, open_states, {})
    if word or not is_again:
        return word
    behind = _behind_match(machine, open_states)
    if not behind or not _from_each(machine, open_states, set(range(len(machine.steps))), {}):
        return None
    return _from_each(machine, open_states, open_states, behind)


def _from_each(
    machine: Machine, open_states: set[int], passed: set[int], behind: dict[int, dict[int, list[int]]]
) -> list[int] | None:
    """Return a word that goes on growing if a way begins at every letter.

    Args:
        machine: the pattern.
        open_states: where a way may still fail; only there it is followed round and round.
        passed: where it may go on its way there.
        behind: where else it may begin, by the kind of the letter before.

    """
    count = len(machine.steps)
    kinds = sorted({0, *machine.kinds})
    waiting = {kind: count + number for number, kind in enumerate(kinds)}
    first: Steps = [{} for _ in range(count)]
    between = [_only(steps, passed) if state in passed else {} for state, steps in enumerate(machine.steps)]
    last = [_only(steps, open_states) if state in open_states else {} for state, steps in enumerate(machine.steps)]
    for number, kind in enumerate(kinds):
        stay = {letter: [waiting[of_letter]] for letter, of_letter in enumerate(machine.kinds)}
        begin = between[machine.starts[number]]
        also = behind.get(kind, {})
        first.append(stay)
        last.append({})
        between.append({n: [*ends, *begin.get(n, []), *also.get(n, [])] for n, ends in stay.items()})
    return grown(first, set(waiting.values()), between, last, open_states)


def _only(steps: dict[int, list[int]], within: set[int]) -> dict[int, list[int]]:
    return {letter: inside for letter, ends in steps.items() if (inside := [end for end in ends if end in within])}


def _behind_match(machine: Machine, open_states: set[int]) -> dict[int, dict[int, list[int]]]:
    """Return the open states that are entered from where a match could have ended, by the kind of the letter before."""
    entered: dict[int, dict[int, list[int]]] = {}
    kind_of = _kinds_of_states(machine)
    for state, steps in enumerate(machine.steps):
        if state in open_states:
            continue
        for kind in kind_of[state]:
            for letter, ends in steps.items():
                inside = [end for end in ends if end in open_states]
                if inside:
                    entered.setdefault(kind, {}).setdefault(letter, []).extend(inside)
    return entered


def _kinds_of_states(machine: Machine) -> list[set[int]]:
    kinds: list[set[int]] = [set() for _ in machine.steps]
    for number, kind in enumerate(sorted({0, *machine.kinds})):
        kinds[machine.starts[number]].add(kind)
    for steps in machine.steps:
        for letter, ends in steps.items():
            for end in ends:
                kinds[end].add(machine.kinds[letter])
    return kinds
