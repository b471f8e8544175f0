"""The answer: is a pattern linear when it is used this way, and if not, which word shows it."""

from dataclasses import dataclass
from typing import Literal

from linearity.ambiguity import Steps, doubled, grown
from linearity.machine import Machine, build
from linearity.syntax import Unprovable, read

#: How a pattern meets a text: from one place on, as a whole, or from every place on (also again behind each match).
Use = Literal["match", "fullmatch", "search"]
USES: tuple[Use, ...] = ("match", "fullmatch", "search")


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
        told = _of_use(machine, use)
        if told:
            reason, word = told
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
    if use == "search":
        word = _restarted(machine, open_states)
        if word:
            return "can begin at every place and goes on from there", word
    return None


def _restarted(machine: Machine, open_states: set[int]) -> list[int] | None:
    """Return a word that is read from each of its repetitions on without a match, or again behind each match."""
    count = len(machine.steps)
    waiting = {kind: count + number for number, kind in enumerate(sorted({0, *machine.kinds}))}
    entered = _behind_match(machine, open_states)
    first: Steps = [{} for _ in range(count)]
    between: Steps = [
        {letter: inside for letter, ends in steps.items() if (inside := [end for end in ends if end in open_states])}
        if state in open_states or state in machine.starts
        else {}
        for state, steps in enumerate(machine.steps)
    ]
    last: Steps = [dict(steps) for steps in between]
    for number, kind in enumerate(sorted(waiting)):
        stay = {letter: [waiting[machine.kinds[letter]]] for letter in range(len(machine.letters))}
        first.append(stay)
        last.append({})
        start = machine.starts[number]
        leave = dict(between[start]) if start in open_states else {}
        for letter, ends in entered.get(kind, {}).items():
            leave[letter] = [*leave.get(letter, []), *ends]
        between.append({letter: [*ends, *leave.get(letter, [])] for letter, ends in stay.items()})
    return grown(first, set(waiting.values()), between, last, open_states)


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
