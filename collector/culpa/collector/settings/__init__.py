"""Every setting of the collector, once: name, type, unit, default, reason, and where its value came from."""

from culpa.collector.settings._list import Entry, Settings, Value, entries
from culpa.collector.settings._resolve import Origin, Resolved, SettingError, resolve

__all__ = ["Entry", "Origin", "Resolved", "SettingError", "Settings", "Value", "entries", "resolve"]
