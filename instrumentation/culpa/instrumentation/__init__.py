"""Attach spans and exceptions to requests, from inside the user's process. Imports nothing of ours.

Promise: never raises into the user's program, never changes a response, never waits for the collector.
"""

__all__: list[str] = []
