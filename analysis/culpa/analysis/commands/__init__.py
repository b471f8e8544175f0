"""The commands of this room; each file's `command` is found by an entry point."""

__all__: list[str] = []
