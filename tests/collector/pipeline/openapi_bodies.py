"""Bodies of OTLP in protobuf for schemathesis, which a schema does not describe. It loads this file by itself."""

import schemathesis
from hypothesis import strategies
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

# Spans of another signal are unknown fields to it, so one strategy serves all three.
_request = ExportTraceServiceRequest()
_request.resource_spans.add()
schemathesis.openapi.media_type("application/x-protobuf", strategies.sampled_from([b"", _request.SerializeToString()]))
