"""Redact spans and log records in the exporter's thread, the last moment before they leave the process."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from culpa.instrumentation.export.encode import plain
from culpa.instrumentation.redact.attribute import Kind, kind_of, redact_value
from culpa.instrumentation.redact.limit import MAX_TEXT_BYTES, cut, cut_stack
from culpa.instrumentation.redact.mask import CARD, REDACTED
from culpa.instrumentation.redact.own import PATTERN, is_on, own_mask
from culpa.instrumentation.redact.personal import is_card
from culpa.instrumentation.report import guarded, say_once

#: Bytes of any text that leaves the process; what the collector stores of one.
MOST = MAX_TEXT_BYTES
#: Bytes of an address; what follows in a longer one was not meant to be read.
MOST_OF_URL = 8 * 1024
#: Characters; longer texts are seldom the same twice, and the memory of thousands of them would show.
_CACHED = 512
_FEWEST_CARD_DIGITS = 10**11

T = TypeVar("T", ReadableSpan, ReadableLogRecord)


def clean_spans(exporter: SpanExporter) -> SpanExporter:
    """Let an exporter send redacted spans only; the same object, unless CULPA_REDACT is off."""
    if is_on():
        send = exporter.export

        def export(spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return send(_cleaned(spans, _clean_span))

        exporter.export = export  # type: ignore[method-assign]
    return exporter


def clean_logs(exporter: LogRecordExporter) -> LogRecordExporter:
    """Let an exporter send redacted log records only; the same object, unless CULPA_REDACT is off."""
    if is_on():
        send = exporter.export

        def export(batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
            return send(_cleaned(batch, _clean_record))

        exporter.export = export  # type: ignore[method-assign]
    return exporter


def _cleaned(batch: Sequence[T], clean: Callable[[T], None]) -> list[T]:
    """Return the items of a batch, redacted; one that cannot be redacted is not sent."""
    kept: list[T] = []
    resource: object = None
    for item in batch:
        try:
            if item.resource is not resource:
                resource = item.resource
                _clean_attributes(item.resource.attributes)
            clean(item)
        except Exception as error:
            say_once(
                "redaction", f"redacting telemetry failed ({type(error).__name__}: {error}); what it was is not sent"
            )
        else:
            kept.append(item)
    return kept


def _clean_span(span: ReadableSpan) -> None:
    # In place, behind the read-only face: the span has ended and copying it costs as much as encoding it.
    span._name = redact("", span.name)  # pyright: ignore[reportPrivateUsage]
    _clean_attributes(span._attributes)  # pyright: ignore[reportPrivateUsage]
    for event in span.events:
        _clean_attributes(event.attributes)
    for link in span.links:
        _clean_attributes(link.attributes)
    description = span.status.description
    if description:
        clean = redact("", description)
        if clean != description:
            span._status = Status(span.status.status_code, clean)  # pyright: ignore[reportPrivateUsage]


def _clean_record(record: ReadableLogRecord) -> None:
    log = record.log_record
    log.body = _clean_value("", log.body)
    _clean_attributes(log.attributes)


def _clean_attributes(attributes: Mapping[str, Any] | None) -> None:
    if not attributes:
        return
    inner = plain(attributes)
    changed: dict[str, Any] = {}
    for key, value in inner.items():
        # Most values are short texts: without another call, which would double what they cost.
        if isinstance(value, str):
            clean = _short(key, value) if len(value) <= _CACHED else _any(key, value)
        else:
            clean = _clean_value(key, value)
        if clean is not value:
            changed[key] = clean
    if changed:
        cast(dict[str, Any], inner).update(changed)


def _clean_value(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return redact(key, value)
    if value is None or isinstance(value, bool | float):
        return value
    if kind_of(key) == Kind.SECRET:
        return REDACTED
    if isinstance(value, int):
        return CARD if value > _FEWEST_CARD_DIGITS and is_card(str(value)) else value
    if isinstance(value, Mapping):
        inner = cast(Mapping[str, Any], value)
        return {name: _clean_value(str(name), one) for name, one in inner.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return _clean_items(key, value)  # pyright: ignore[reportUnknownArgumentType]  # any value
    return value


def _clean_items(key: str, items: Sequence[Any]) -> Sequence[Any]:
    clean = tuple(_clean_value(key, one) for one in items)
    flags = [at for at, one in enumerate(items[:-1]) if isinstance(one, str) and one.startswith("-")]
    if flags:
        # A command line: what a flag's value is stands in the item before.
        shown = list(clean)
        for at in flags:
            if redact("", f"{items[at]} {items[at + 1]}").endswith(f" {REDACTED}"):
                shown[at + 1] = REDACTED
        clean = tuple(shown)
    return items if clean == tuple(items) else clean


def redact(key: str, value: str) -> str:
    """Redact one attribute's text as its key asks for ('' for free text); short ones are remembered."""
    return _short(key, value) if len(value) <= _CACHED else _any(key, value)


def _any(key: str, value: str) -> str:
    # The one way from outside to the patterns: here every text is cut, whatever limits the user gave the SDK.
    kind = kind_of(key)
    most = MOST_OF_URL if kind == Kind.URL else MOST
    if len(value) > most:
        value = (
            cut_stack(f"{value[:most]}\n{value[-most:]}", most) if kind == Kind.STACK else cut(value[: most + 1], most)
        )
    clean = redact_value(kind, value)
    return _own(key, clean) if _own else clean


_short = lru_cache(2048)(_any)
_own = guarded(f"reading {PATTERN}")(own_mask)()
