"""Relays: a real OpenTelemetry Collector between the apps and culpa, and what it does to telemetry on the way."""
