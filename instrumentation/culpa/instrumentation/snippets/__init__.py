"""Configurations that make servers and other languages good witnesses, and checks of those in use.

The folders are the registries: `templates/` has one file for each system, `checks/` one module for each that can be
checked.
"""

from culpa.instrumentation.snippets.check import check, checkable
from culpa.instrumentation.snippets.finding import Finding, Unreadable
from culpa.instrumentation.snippets.template import code, snippet, systems

__all__ = ["Finding", "Unreadable", "check", "checkable", "code", "snippet", "systems"]
