"""The runbooks: for each cause what to do, and for some systems something else: `<cause>.<system>.md`."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from culpa.knowledge.causes import cause_files, head, parts
from culpa.knowledge.systems import protocol_of

#: Begins a step that holds where the verdict names a change. It stands last in a file, and first where that is so.
_AFTER_A_CHANGE: Final = "After a change: "


class UnknownRunbook(LookupError):
    """There is no runbook of that name."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """What to do about one cause, `system` is '' where it holds for all.

    Shape: `sections` maps each heading to its Markdown, in the order of the file.
    """

    cause: str
    system: str
    title: str
    text: str
    sections: dict[str, str]

    @property
    def first_step(self) -> str:
        """Return what to do first, on one line and without its mark."""
        return " ".join(_steps(self.sections["Fix"])[0].split())


def runbook(key: str) -> str:
    """Return what to do about a cause as Markdown. Errors: UnknownRunbook."""
    return read_runbook(key).text


@cache
def read_runbook(key: str, *, is_changed: bool = False) -> Runbook:
    """Return what to do about a cause, taken apart. Errors: UnknownRunbook.

    `is_changed`: the verdict names a change that the problem first appeared after. What to do about a change comes
    first then, and after all else where none is known of.
    """
    if key not in cause_files():
        raise UnknownRunbook(f"no runbook for {key!r}; the keys are the causes, such as 'database.deadlock'")
    found, text = parts(key)
    pieces = [piece.split("\n", 1) for piece in ("\n" + text).split("\n## ")[1:]]
    sections = {heading.strip(): body.strip() for heading, body in pieces}
    if is_changed:
        fix = _changed_first(sections["Fix"])
        text = text.replace(sections["Fix"], fix)
        sections["Fix"] = fix
    return Runbook(found["cause"], found.get("system", ""), found["title"], text.strip() + "\n", sections)


def _steps(fix: str) -> list[str]:
    return fix.removeprefix("- ").split("\n- ")


def _changed_first(fix: str) -> str:
    *others, last = _steps(fix)
    if not last.startswith(_AFTER_A_CHANGE):
        return fix
    first = last.removeprefix(_AFTER_A_CHANGE)
    return "\n".join(f"- {step}" for step in (first[:1].upper() + first[1:], *others))


@lru_cache(maxsize=4096)
def runbook_key(cause: str, systems: tuple[str, ...]) -> str:
    """Return the key of the runbook for a cause in the first of these systems that has its own, else the cause."""
    for system in systems:
        key = f"{cause}.{protocol_of(system) or system}"
        if key in cause_files():
            return key
    return cause


@cache
def causes_by_system() -> frozenset[str]:
    """Return the causes whose runbook depends on the system."""
    return frozenset(head(name)["cause"] for name in cause_files() if head(name).get("system"))
