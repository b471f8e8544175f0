"""The runbooks: for each cause what to do, one Markdown file in `runbooks/`; the folder is the registry.

`<cause>.md` holds for every system, `<cause>.<system>.md` where what to do differs.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_FENCE = "---\n"


class UnknownRunbook(LookupError):
    """There is no runbook of that name."""


@dataclass(frozen=True, slots=True)
class Runbook:
    """The advice for one cause, `system` is '' where it holds for all.

    Shape: `sections` maps each heading to its Markdown, in the order of the file.
    """

    cause: str
    system: str
    title: str
    text: str
    sections: dict[str, str]


def runbook(key: str) -> str:
    """Return the advice for a cause as Markdown.

    Errors: UnknownRunbook.
    """
    return read_runbook(key).text


@cache
def read_runbook(key: str) -> Runbook:
    """Return the advice for a cause, taken apart. Errors: UnknownRunbook."""
    if key not in runbook_keys():
        raise UnknownRunbook(f"no runbook for {key!r}; the keys are the causes, such as 'database.deadlock'")
    source = (files("culpa.analysis") / "runbooks" / f"{key}.md").read_text("utf-8")
    _, head, text = source.split(_FENCE, 2)
    metadata = dict(line.split(": ", 1) for line in head.splitlines())
    parts = [part.split("\n", 1) for part in ("\n" + text).split("\n## ")[1:]]
    sections = {heading.strip(): body.strip() for heading, body in parts}
    return Runbook(metadata["cause"], metadata.get("system", ""), metadata["title"], text.strip() + "\n", sections)


#: Systems that speak the language of another, whose advice holds for them too.
_LIKE = {"mariadb": "mysql", "valkey": "redis"}


@lru_cache(maxsize=4096)
def runbook_key(cause: str, systems: tuple[str, ...]) -> str:
    """Return the key of the advice for a cause in the first of these systems that has its own, else the cause."""
    for system in systems:
        key = f"{cause}.{_LIKE.get(system, system)}"
        if key in runbook_keys():
            return key
    return cause


@cache
def causes_by_system() -> frozenset[str]:
    """Return the causes whose advice depends on the system."""
    return frozenset(read_runbook(key).cause for key in runbook_keys() if read_runbook(key).system)


@cache
def runbook_keys() -> tuple[str, ...]:
    """Return the keys of all runbooks, sorted."""
    folder = files("culpa.analysis") / "runbooks"
    return tuple(sorted(entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md")))
