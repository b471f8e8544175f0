"""The defaults of `culpa run`, as environment variables; what the user set is never touched."""

import json
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from culpa.instrumentation.surroundings.identity import identify

#: Variable, value. OTEL_* keep their standard meaning; each line says why the SDK's own default does not do.
_DEFAULTS = {
    "OTEL_PYTHON_DISTRO": "culpa",  # another distro that happens to be installed would win by the alphabet
    "OTEL_PYTHON_CONFIGURATOR": "culpa",
    "OTEL_TRACES_EXPORTER": "otlp",  # the SDK exports nothing by default
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "none",  # no verdict reads them; they cost 40 us a request
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",  # a distro's usual default, grpc, needs another exporter
    "OTEL_TRACES_SAMPLER": "always_on",  # a parent's flag 00 must not hide a failure
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
    "OTEL_BSP_SCHEDULE_DELAY": "1000",  # ms; the SDK's 5 s is what a killed process loses
    "OTEL_BLRP_SCHEDULE_DELAY": "500",  # ms
    "OTEL_EXPORTER_OTLP_TIMEOUT": "3",  # s, with all retries; the SDK's 10 s hold up the spans behind
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "32768",  # characters; holds any real stack, not a 10 MB query
    "OTEL_ATTRIBUTE_COUNT_LIMIT": "128",
}
_ENDPOINT = "http://127.0.0.1:4318"
#: Packages whose frames are the user's own even when they are installed beside the libraries.
APP_PACKAGES = "CULPA_APP_PACKAGES"
#: What was filled in, for the processes to come: JSON of {name: [ours, the program's own or null]}.
FILLED = "CULPA_FILLED"
#: Read by instrumentations that are loaded later, or by the processes that this one starts.
_LASTING = frozenset(("OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR", "OTEL_SEMCONV_STABILITY_OPT_IN"))


def apply_defaults(environ: MutableMapping[str, str], command: Sequence[str], folder: Path) -> None:
    """Fill in what the user left open: exporters, endpoint, service name, version and git revision.

    Promise: idempotent; only adds. A variable that is set, also to nothing, stays as it is.
    """
    for name, value in _DEFAULTS.items():
        environ.setdefault(name, value)
    if environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf":
        environ.setdefault("OTEL_EXPORTER_OTLP_ENDPOINT", _ENDPOINT)
    given = resource_attributes(environ)
    if "OTEL_SERVICE_NAME" in environ and "service.version" in given and "vcs.ref.head.revision" in given:
        return
    found = identify(command, folder, environ)
    if "service.name" not in given and found.name:
        environ.setdefault("OTEL_SERVICE_NAME", found.name)
    if found.package:
        environ.setdefault(APP_PACKAGES, found.package)
    more = {key: value for key, value in found.attributes.items() if key not in given}
    if more:
        # What stands first is overridden by what follows, so the user's own text is kept as the end.
        ours = ",".join(f"{key}={_quoted(value)}" for key, value in more.items())
        theirs = environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
        environ["OTEL_RESOURCE_ATTRIBUTES"] = f"{ours},{theirs}" if theirs else ours


def note(environ: MutableMapping[str, str], before: Mapping[str, str]) -> None:
    """Note which settings of OpenTelemetry are ours, given the environment as the program had it."""
    filled = _filled(environ)
    for name, value in environ.items():
        if name.startswith("OTEL_") and name not in _LASTING and value != before.get(name):
            filled[name] = (value, filled[name][1] if name in filled else before.get(name))
    if filled:
        environ[FILLED] = json.dumps(filled)


def conceal(environ: MutableMapping[str, str]) -> None:
    """Give the program its own settings back: an SDK that it sets up itself must be as it is without us."""
    for name, (ours, theirs) in _filled(environ).items():
        if environ.get(name) == ours:
            del environ[name]
            if theirs is not None:
                environ[name] = theirs


def reveal(environ: MutableMapping[str, str]) -> None:
    """Undo `conceal` in a process that was started by one of ours; what the program set meanwhile stays."""
    for name, (ours, theirs) in _filled(environ).items():
        if environ.get(name) == theirs:
            environ[name] = ours


def _filled(environ: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    try:
        return {name: (ours, theirs) for name, (ours, theirs) in json.loads(environ.get(FILLED, "{}")).items()}
    except (ValueError, TypeError, AttributeError):  # not written by us
        return {}


def resource_attributes(environ: MutableMapping[str, str]) -> dict[str, str]:
    """Return the attributes that OTEL_RESOURCE_ATTRIBUTES names."""
    pairs = (part.partition("=") for part in environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","))
    return {key.strip(): value.strip() for key, sign, value in pairs if sign}


def _quoted(value: str) -> str:
    return "".join(f"%{ord(c):02X}" if c in ',=%\\" ' else c for c in value)
