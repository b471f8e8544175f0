"""What a tool is: its name, what agents are told of it, what it takes and gives, and the work."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from culpa.mcp import tools
from culpa.mcp.answer import Answer
from culpa.mcp.arguments import Given, Schema
from culpa.web.desk import Desk

_TEXTS: Final[Schema] = {"type": "array", "items": {"type": "string"}}
_COMMON: Final[dict[str, Schema]] = {
    "notice": {"type": "string", "description": "How to take the texts of this answer."},
    "advice": {"type": "string", "description": "What to do, written by culpa."},
    "next": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"tool": {"type": "string"}, "arguments": {"type": "object"}},
            "required": ["tool", "arguments"],
        },
        "description": "Calls that go on from here.",
    },
    "cut": {**_TEXTS, "description": "What was left out for want of bytes."},
}


@dataclass(frozen=True)
class Tool:
    """One question that agents ask. `facts` describes the fields of the structured answer that are the tool's own."""

    name: str
    title: str
    description: str
    takes: Schema
    facts: Mapping[str, Schema]
    work: Callable[[Desk, Given], Awaitable[Answer]]

    @property
    def gives(self) -> Schema:
        """Return the schema of the structured answer."""
        return {"type": "object", "properties": {**self.facts, **_COMMON}, "required": ["notice", "cut", "next"]}


def all_tools() -> dict[str, Tool]:
    """Return the tools by name: one for each file of `tools/`."""
    found = [import_module(f"{tools.__name__}.{one.name}") for one in iter_modules(tools.__path__)]
    made: list[Tool] = [module.TOOL for module in found if hasattr(module, "TOOL")]
    return {tool.name: tool for tool in made}
