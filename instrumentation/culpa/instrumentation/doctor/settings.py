"""Which environment variables would hide failures.

`culpa run` asks before each start: what only a finding needs is imported where it is found.
"""

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from urllib.parse import SplitResult, urlsplit

from culpa.instrumentation.doctor.declared import check_declared
from culpa.instrumentation.doctor.spot import Spot, blind, note

_GRPC = "opentelemetry.exporter.otlp.proto.grpc"
_SIGNALS = ("TRACES", "LOGS")
#: Switched off together, they leave the field to FastAPI's own telemetry.
_NATIVE = frozenset(("asgi", "fastapi", "starlette"))


def check_settings(environ: Mapping[str, str]) -> list[Spot]:
    """Return what the variables of a process, defaults filled in, would hide."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return [blind("OTEL_SDK_DISABLED", "it is true: nothing is recorded at all", "unset it")]
    found = [*_machinery(environ)]
    if environ.get("OTEL_CONFIG_FILE"):
        # The variables of the SDK mean nothing beside it.
        found += check_declared(environ["OTEL_CONFIG_FILE"])
    else:
        found += [*_exporters(environ), *_sampling(environ), *_endpoints(environ)]
    if environ.get("OTEL_PYTHON_EXCLUDED_URLS"):
        found.append(note("OTEL_PYTHON_EXCLUDED_URLS", "requests to these URLs leave no spans, failed or not"))
    return [*found, *_redaction(environ)]


def _redaction(environ: Mapping[str, str]) -> Iterator[Spot]:
    if environ.get("CULPA_REDACT"):
        from culpa.instrumentation.redact.own import SWITCH, is_on

        if not is_on(environ):
            yield note(SWITCH, "secrets and personal data leave the process; the collector redacts what it stores")


def _machinery(environ: Mapping[str, str]) -> Iterator[Spot]:
    for name in ("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR"):
        if environ.get(name) != "culpa":
            says = f"it is {environ.get(name)!r}: another distribution takes culpa's place, with stock's gaps"
            yield blind(name, says, "unset it")
    name = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"
    disabled = {one.strip() for one in environ.get(name, "").split(",")} - {""}
    if disabled - _NATIVE:
        listed = ", ".join(sorted(disabled - _NATIVE))
        yield blind(name, f"no spans of {listed}", "unset it, or live with that")
    if disabled & _NATIVE:
        says = "FastAPI 0.142 and later then records requests by itself; an older one, or Starlette alone, does not"
        yield note(name, says)


def _exporters(environ: Mapping[str, str]) -> Iterator[Spot]:
    for signal in _SIGNALS:
        name = f"OTEL_{signal}_EXPORTER"
        if "otlp" not in [one.strip() for one in environ.get(name, "").split(",")]:
            says = f"it is {environ.get(name)!r}: no {signal.lower()} reach the collector"
            yield blind(name, says, "unset it, or set it to otlp")
    protocol = environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    if protocol == "grpc" and not _is_there(_GRPC):
        says = "it is grpc, whose exporter is not installed: the SDK does not start and the program runs untraced"
        todo = "unset it, or pip install opentelemetry-exporter-otlp-proto-grpc"
        yield blind("OTEL_EXPORTER_OTLP_PROTOCOL", says, todo)
    elif protocol not in ("grpc", "http/protobuf", "http/json"):
        yield blind("OTEL_EXPORTER_OTLP_PROTOCOL", f"{protocol!r} is no protocol", "unset it")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _sampling(environ: Mapping[str, str]) -> Iterator[Spot]:
    sampler = environ.get("OTEL_TRACES_SAMPLER", "always_on")
    if sampler == "parentbased_always_on":
        says = "a caller that does not sample (traceparent …-00) decides that failures below it leave no spans"
        yield blind("OTEL_TRACES_SAMPLER", says, "unset it, or set it to always_on")
    elif sampler != "always_on":
        yield blind(
            "OTEL_TRACES_SAMPLER", f"{sampler} records a part of the requests; {_of_failures(environ)}", "unset it"
        )


def _of_failures(environ: Mapping[str, str]) -> str:
    from culpa.instrumentation.export.unsampled import most_a_second

    kept = most_a_second(environ)
    if not kept:
        return "failures go with the rest (CULPA_KEEP_FAILURES is off)"
    return f"of the others failing requests are kept, {kept:g} a second at most, but not what they called elsewhere"


def _endpoints(environ: Mapping[str, str]) -> Iterator[Spot]:
    protocol = environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    base = _parts(environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""))
    if protocol == "http/protobuf" and base.netloc.endswith(":4317"):
        says = "port 4317 speaks gRPC by custom, but the protocol is http/protobuf"
        yield blind("OTEL_EXPORTER_OTLP_ENDPOINT", says, "use port 4318, or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
    if base.path.rstrip("/").endswith(("/v1/traces", "/v1/logs")):
        says = f"the exporter adds /v1/traces itself: it would send to {base.path.rstrip('/')}/v1/traces"
        yield blind("OTEL_EXPORTER_OTLP_ENDPOINT", says, "leave the path out")
    for signal in _SIGNALS:
        name = f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"
        given = environ.get(name, "")
        if given and protocol != "grpc" and _parts(given).path.rstrip("/") == "":
            from culpa.instrumentation.export.sender import shown

            says = f"{shown(given)} is used as it stands, without /v1/{signal.lower()}"
            yield blind(name, says, f"add /v1/{signal.lower()}, or set OTEL_EXPORTER_OTLP_ENDPOINT instead")


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # of the address the check of the collector speaks
        return urlsplit("")
