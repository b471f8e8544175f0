"""Stored rows as OTLP again, in its official JSON: one export of one signal a line.

Source: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/. Values are as they are stored: redacted,
and of attributes that no column holds the text.
"""
