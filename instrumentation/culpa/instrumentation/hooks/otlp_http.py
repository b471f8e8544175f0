"""The OTLP/HTTP exporters get a sender that no answer can hold up or mislead, and a faster encoder of spans."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from culpa.instrumentation.export import providers
from culpa.instrumentation.report import guarded, when_imported

#: The parameters of the exporters' `_build_transport`.
_TRANSPORT = (
    "certificate_file",
    "client_key_file",
    "client_certificate_file",
    "certificate_env_var",
    "client_key_env_var",
    "client_certificate_env_var",
    "session",
)


class _Encoded:
    """What the exporter takes for a protobuf message."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def SerializePartialToString(self) -> bytes:
        """Return the bytes, as a message does."""
        return self._content


def install() -> None:
    """Replace the encoder and the sender where the exporters look them up."""
    for name in ("trace_exporter", "_log_exporter", "metric_exporter"):
        when_imported(f"opentelemetry.exporter.otlp.proto.http.{name}", _replace_transport)
    when_imported("opentelemetry.exporter.otlp.proto.http.trace_exporter", _replace_encoder)
    when_imported("opentelemetry.exporter.otlp.common.http", _replace_client)


def _replace_transport(module: ModuleType) -> None:
    from culpa.instrumentation.export.transport import Transport

    original: Callable[..., Any] = vars(module)["_build_transport"]

    def build(*args: Any, **kwargs: Any) -> Any:
        found = dict(zip(_TRANSPORT, args, strict=False)) | kwargs
        # A session is a provider of credentials that the user installed: requests is then the way.
        if found.get("session") is not None or providers.are_made():
            return original(*args, **kwargs)
        return functools.partial(Transport, **_certificates(found))

    module._build_transport = build  # type: ignore[attr-defined]


def _certificates(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the exporter's arguments, else the environment, say of certificates."""

    def setting(name: str) -> str | None:
        variable = found.get(f"{name}_env_var") or ""
        given = found.get(f"{name}_file") or os.environ.get(variable)
        return given or os.environ.get(f"OTEL_EXPORTER_OTLP_{name.upper()}")

    own, key = setting("client_certificate"), setting("client_key")
    return {"verify": setting("certificate") or True, "cert": (own, key) if own and key else own}


def _replace_client(module: ModuleType) -> None:
    from culpa.instrumentation.export.sender import Sender

    original: Callable[..., Any] = vars(module)["_OTLPHTTPClient"]

    def client(*args: Any, **kwargs: Any) -> Any:
        transport = args[0] if args else kwargs.get("transport")
        return Sender(*args, **kwargs) if isinstance(transport, functools.partial) else original(*args, **kwargs)

    module._OTLPHTTPClient = client  # type: ignore[attr-defined]


def _replace_encoder(module: ModuleType) -> None:
    from culpa.instrumentation.export.encode import encode_spans

    original: Callable[[Sequence[ReadableSpan]], Any] = vars(module)["encode_spans"]

    @guarded("encoding spans")
    def encoded(spans: Sequence[ReadableSpan]) -> _Encoded:
        return _Encoded(encode_spans(spans))

    def encode(spans: Sequence[ReadableSpan]) -> Any:
        return encoded(spans) or original(spans)

    module.encode_spans = encode  # type: ignore[attr-defined]
