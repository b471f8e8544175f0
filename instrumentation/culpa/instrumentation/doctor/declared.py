"""What a declarative configuration (`OTEL_CONFIG_FILE`) would hide; read by the SDK's own reader of such files."""

import logging
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from culpa.instrumentation.doctor.spot import Spot, blind, note

_NAME = "OTEL_CONFIG_FILE"
_READER = "opentelemetry-configuration"
_SIGNALS = (("tracer_provider", "spans"), ("logger_provider", "log records"))
_OTLP = ("otlp_http", "otlp_grpc")


def check_declared(path: str) -> list[Spot]:
    """Return what such a file leaves out, or what keeps the SDK from starting with it."""
    try:
        load: Callable[[str], Any] = vars(import_module("opentelemetry.configuration"))["load_config_file"]
    except ModuleNotFoundError:
        says = f"{_READER} is not installed: the SDK does not start and the program runs untraced"
        return [blind(_NAME, says, f"pip install {_READER}, or unset it")]
    except ImportError as error:
        says = f"{_READER} does not fit this SDK ({error.name} has not what it needs): the program runs untraced"
        return [blind(_NAME, says, f"pip install --upgrade opentelemetry-sdk {_READER}")]
    # What its reader warns of is said here.
    logger = logging.getLogger("opentelemetry")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        declared = load(path)
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        says = f"the SDK does not start with {path} and the program runs untraced: {reason}"
        return [blind(_NAME, says, "correct that file, or unset it")]
    finally:
        logger.setLevel(level)
    return list(_hidden(declared, path))


def _hidden(declared: Any, path: str) -> Iterator[Spot]:
    if declared.disabled:
        yield blind(_NAME, f"{path} says disabled: nothing is recorded at all", "take that out")
        return
    for section, what in _SIGNALS:
        provider = getattr(declared, section)
        if not provider or not _has_otlp(provider.processors or ()):
            yield blind(_NAME, f"{path} sends no {what} by OTLP", f"add an exporter otlp_http to its {section}")
    sampler = declared.tracer_provider and declared.tracer_provider.sampler
    if sampler and sampler.always_on is None:
        says = f"{path} has a sampler, which decides that some failures leave no spans"
        yield blind(_NAME, says, "leave the sampler out, or let it be always_on")
    if not declared.propagator:
        says = f"{path} names no propagator: a request does not go on with the trace of its caller or web server"
        yield blind(_NAME, says, "add propagator: {composite: [{tracecontext: {}}, {baggage: {}}]}")
    yield note(_NAME, "that file decides: exports are not hurried on failures, nor redacted; the collector redacts")


def _has_otlp(processors: Sequence[Any]) -> bool:
    exporters = [getattr(one.batch or one.simple, "exporter", None) for one in processors]
    return any(getattr(exporter, kind, None) is not None for exporter in exporters for kind in _OTLP)
