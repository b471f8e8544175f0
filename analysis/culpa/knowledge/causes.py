"""Every cause that a verdict may name: one Markdown file each in `causes/`, which is also its runbook."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

#: The parts of a deployment that can be to blame, in the order of the contract: the first half of a cause's code.
LAYERS = ("app", "database", "cache", "queue", "upstream", "config", "host", "web_server", "unknown")
_FENCE = "---\n"


@dataclass(frozen=True, slots=True)
class Cause:
    """One way a request can fail.

    Shape: `sentence` is what happened, with places for the component (`{it}`), the object (`{about}`), the exception
    and the way a connection failed; '' for unknown. `fills` are the columns of a verdict that it fills where telemetry
    knows; `object` says what stands in that column.
    """

    code: str
    title: str
    meaning: str
    sentence: str
    fills: tuple[str, ...]
    object: str

    @property
    def layer(self) -> str:
        """Return the layer that is to blame."""
        return self.code.partition(".")[0]


class BadCause(ValueError):
    """A cause's file lacks something."""


@cache
def causes() -> dict[str, Cause]:
    """Return every cause by its code, by layer and then by name. Errors: BadCause.

    Promise: codes are added, never removed.
    """
    found = [_cause(key) for key in cause_files() if not head(key).get("system")]
    return {cause.code: cause for cause in sorted(found, key=lambda one: (LAYERS.index(one.layer), one.code))}


@cache
def cause_files() -> tuple[str, ...]:
    """Return the names of all files without `.md`, sorted: `<cause>`, and `<cause>.<system>` where that differs."""
    folder = files("culpa.knowledge") / "causes"
    return tuple(sorted(entry.name.removesuffix(".md") for entry in folder.iterdir() if entry.name.endswith(".md")))


@cache
def parts(name: str) -> tuple[dict[str, str], str]:
    """Return the head of a file, by key, and its text. Errors: FileNotFoundError."""
    _, lines, text = (files("culpa.knowledge") / "causes" / f"{name}.md").read_text("utf-8").split(_FENCE, 2)
    return dict(line.split(": ", 1) for line in lines.splitlines()), text


def head(name: str) -> dict[str, str]:
    """Return the head of a file, by key."""
    return parts(name)[0]


def _cause(name: str) -> Cause:
    found = head(name)
    needed = ("cause", "title", "meaning") if name == "unknown" else ("cause", "title", "meaning", "sentence")
    if lacking := [key for key in needed if not found.get(key)]:
        raise BadCause(
            f"causes/{name}.md has no {lacking[0]}; add the line '{lacking[0]}: …' between its first two ---"
        )
    fills = tuple(found["fills"].split(", ")) if "fills" in found else ()
    return Cause(
        found["cause"], found["title"], found["meaning"], found.get("sentence", ""), fills, found.get("object", "")
    )
