"""Onward: what a collector tells other backends of verdicts, and what it hands on of the telemetry that it received.

A running collector starts it as a companion (`companion.start`). Verdicts are told out of the store, which is their
outbox; received bodies wait in a `queue` on the disk. Nothing imports this room.
"""
