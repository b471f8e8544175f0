"""The one place through which text from telemetry goes to a terminal; it lies in the room that all others may read."""

from culpa.instrumentation.plain import json_safe, visible, visible_lines

__all__ = ["json_safe", "visible", "visible_lines"]
