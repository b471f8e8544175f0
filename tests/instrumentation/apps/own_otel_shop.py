"""A service that sets OpenTelemetry up itself, as its documentation shows: traces, logs and metrics, to files."""

import logging
import os
from pathlib import Path

from fastapi import FastAPI
from opentelemetry import _logs, metrics, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor

FOLDER = Path(os.environ["OWN_FOLDER"])
app = FastAPI()
tracer = trace.get_tracer("shop.before")

resource = Resource.create({"service.name": "tea-till", "team": "green"})
provider = TracerProvider(resource=resource)
trace.set_tracer_provider(provider)
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=(FOLDER / "spans").open("a", buffering=1))))
# To the address that the SDK falls back to, where nothing listens: culpa's must not take its place.
sender = OTLPSpanExporter()
(FOLDER / "endpoint").write_text(sender._endpoint)
provider.add_span_processor(BatchSpanProcessor(sender))

loggers = LoggerProvider(resource=resource)
_logs.set_logger_provider(loggers)
loggers.add_log_record_processor(
    SimpleLogRecordProcessor(ConsoleLogRecordExporter(out=(FOLDER / "logs").open("a", buffering=1)))
)
logging.getLogger().addHandler(LoggingHandler(logger_provider=loggers))

reader = PeriodicExportingMetricReader(ConsoleMetricExporter(out=(FOLDER / "metrics").open("a", buffering=1)), 500)
metrics.set_meter_provider(MeterProvider([reader], resource))
orders = metrics.get_meter("shop").create_counter("orders")


@app.get("/ok")
def ok() -> str:
    return "ok"


@app.get("/order")
def order() -> str:
    """Fail in a span of the app's own, with a secret in it."""
    orders.add(1)
    with tracer.start_as_current_span("count"), trace.get_tracer("shop").start_as_current_span("look up") as span:
        span.set_attribute("db.password", "hunter2")
        logging.getLogger("shop").error("no tea left")
        _logs.get_logger("shop.events").emit(_logs.LogRecord(body="tea is out", event_name="tea.out"))
        raise LookupError("no tea")
