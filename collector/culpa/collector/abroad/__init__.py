"""Telemetry that lies in another system: what failed there is fetched into a local store and judged, or read there.

Knows no such system: a room that does hands in what it asks of it, a `There`.
"""
