"""Receive telemetry and server logs, store them durably, and have failures judged."""
