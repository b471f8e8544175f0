"""One record of the log as a line: for people, or as a JSON object with OpenTelemetry's names."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from culpa.instrumentation.plain import VisibleFormatter, json_safe

#: Python's level -> OTLP's severity number. Source: the logs data model of OpenTelemetry, mapping of severities.
_SEVERITY = {logging.DEBUG: 5, logging.INFO: 9, logging.WARNING: 13, logging.ERROR: 17, logging.CRITICAL: 21}


def _time(record: logging.LogRecord) -> str:
    """Return when it was logged, RFC 3339 in UTC."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Lines(VisibleFormatter):
    """`2026-11-30T01:24:23.512Z INFO culpa.collector: …`; what it quotes of strangers stays on its line."""

    def __init__(self) -> None:
        """Say time, level, logger and message."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Return RFC 3339."""
        return _time(record)


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return timestamp, severity, body, scope and attributes of a record."""
        attributes: dict[str, Any] = dict(getattr(record, "attributes", {}))
        error = record.exc_info[1] if record.exc_info else None
        if record.exc_info and error is not None:
            attributes["exception.type"] = f"{type(error).__module__}.{type(error).__qualname__}"
            attributes["exception.message"] = str(error)
            attributes["exception.stacktrace"] = self.formatException(record.exc_info)
        told = {
            "timestamp": _time(record),
            "severity_text": record.levelname,
            "severity_number": _SEVERITY.get(record.levelno, 0),
            "body": record.getMessage(),
            "scope": {"name": record.name},
            "attributes": attributes,
        }
        return json_safe(json.dumps(told, ensure_ascii=False, default=str))
