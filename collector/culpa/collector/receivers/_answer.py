"""The bodies of OTLP's answers, in both encodings.

Source: OTLP 1.x specification, sections "Full Success", "Partial Success" and "Failures" of OTLP/HTTP.
"""

import json

from google.protobuf.message import Message
from google.rpc.code_pb2 import Code  # type: ignore[import-untyped]  # has no stubs
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # has no stubs
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.profiles.v1development.profiles_service_pb2 import ExportProfilesServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from culpa.collector.receivers._profiles import Answered
from culpa.collector.writer import Receipt

#: google.rpc codes by HTTP status, for the body of a failure.
_CODES: dict[int, "Code.ValueType"] = {
    400: Code.INVALID_ARGUMENT,
    401: Code.UNAUTHENTICATED,
    403: Code.PERMISSION_DENIED,
    413: Code.INVALID_ARGUMENT,
    415: Code.INVALID_ARGUMENT,
    429: Code.RESOURCE_EXHAUSTED,
    503: Code.UNAVAILABLE,
}

_REJECTED: dict[Answered, str] = {
    "traces": "rejectedSpans",
    "logs": "rejectedLogRecords",
    "metrics": "rejectedDataPoints",
    "profiles": "rejectedProfiles",
}


def success(signal: Answered, receipt: Receipt, *, is_json: bool = False) -> bytes:
    """Return an Export…ServiceResponse; `partial_success` is set only if something was left out."""
    is_partial = bool(receipt.rejected or receipt.message)
    if is_json:
        # 64-bit numbers are strings in protobuf's JSON.
        partial = {_REJECTED[signal]: str(receipt.rejected), "errorMessage": receipt.message}
        return json.dumps({"partialSuccess": partial} if is_partial else {}).encode()
    return _message(signal, receipt).SerializeToString() if is_partial else b""


def _message(signal: Answered, receipt: Receipt) -> Message:
    if signal == "traces":
        traces = ExportTraceServiceResponse()
        traces.partial_success.rejected_spans = receipt.rejected
        traces.partial_success.error_message = receipt.message
        return traces
    if signal == "logs":
        logs = ExportLogsServiceResponse()
        logs.partial_success.rejected_log_records = receipt.rejected
        logs.partial_success.error_message = receipt.message
        return logs
    if signal == "profiles":
        profiles = ExportProfilesServiceResponse()
        profiles.partial_success.rejected_profiles = receipt.rejected
        profiles.partial_success.error_message = receipt.message
        return profiles
    metrics = ExportMetricsServiceResponse()
    metrics.partial_success.rejected_data_points = receipt.rejected
    metrics.partial_success.error_message = receipt.message
    return metrics


def failure(status_code: int, message: str, *, is_json: bool = False) -> bytes:
    """Return a google.rpc.Status that explains an HTTP status code."""
    code = _CODES[status_code]
    if is_json:
        return json.dumps({"code": int(code), "message": message}).encode()
    status: bytes = Status(code=code, message=message).SerializeToString()
    return status
