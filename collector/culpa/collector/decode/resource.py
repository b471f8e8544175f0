"""The entity that sent the telemetry, and the library that made it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2

from culpa.collector.decode.anyvalue import Plain, plain_of, text_of
from culpa.collector.decode.spelling import with_dots
from culpa.collector.redact import redact_attribute, redact_text
from culpa.collector.tables import table_of_rows
from culpa.instrumentation.redact.limit import cut

#: Column of `resources` -> attribute names, new convention first.
PROMOTED: dict[str, tuple[str, ...]] = {
    "service_name": ("service.name",),
    "service_namespace": ("service.namespace",),
    "service_version": ("service.version",),
    "service_instance_id": ("service.instance.id",),
    "deployment_environment_name": ("deployment.environment.name", "deployment.environment"),
    "vcs_ref_head_revision": ("vcs.ref.head.revision",),
    "host_name": ("host.name",),
    "host_id": ("host.id",),
    "telemetry_sdk_language": ("telemetry.sdk.language",),
}


_MAX_PID = 2**62


@dataclass(frozen=True, slots=True)
class Resource:
    """One row of `resources` but for the time; the id is a hash of everything else."""

    resource_id: int
    columns: Mapping[str, str]
    process_pid: int
    schema_url: str
    keys: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def service_name(self) -> str:
        """Return the name of the service, '' if it has none."""
        return self.columns["service_name"]


@dataclass(frozen=True, slots=True)
class Scope:
    """The instrumentation library."""

    name: str = ""
    version: str = ""


def make_resource(attributes: Mapping[str, Plain], schema_url: str = "") -> Resource:
    """Build the row of a resource from its attributes, redacted; the id does not depend on their order."""
    attributes = with_dots(attributes)
    texts = {
        _clean_key(key): redact_attribute(key, cut(text_of(value)).replace("\0", ""))
        for key, value in attributes.items()
    }
    schema_url = redact_text(schema_url.replace("\0", ""))
    seed = "\x1f".join([f"{key}\x1e{texts[key]}" for key in sorted(texts)] + [schema_url])
    resource_id = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=8).digest(), "little")
    columns = dict.fromkeys(PROMOTED, "")
    for column, names in PROMOTED.items():
        name = next((name for name in names if texts.get(name)), None)
        if name is not None:
            columns[column] = texts.pop(name)
    pid = attributes.get("process.pid")
    keep_pid = isinstance(pid, int) and not isinstance(pid, bool) and 0 <= pid <= _MAX_PID
    if keep_pid:
        del texts["process.pid"]
    return Resource(
        resource_id,
        columns,
        pid if isinstance(pid, int) and keep_pid else 0,
        schema_url,
        tuple(texts),
        tuple(texts.values()),
    )


@lru_cache(4096)
def resource_of(message: bytes, schema_url: str = "") -> Resource:
    """Parse a serialized Resource. Errors: google.protobuf.message.DecodeError."""
    parsed = resource_pb2.Resource.FromString(message)
    return make_resource({pair.key: plain_of(pair.value) for pair in parsed.attributes}, schema_url)


@lru_cache(4096)
def scope_of(message: bytes) -> Scope:
    """Parse a serialized InstrumentationScope. Errors: google.protobuf.message.DecodeError."""
    parsed = common_pb2.InstrumentationScope.FromString(message)
    return make_scope(parsed.name, parsed.version)


def make_scope(name: str, version: str) -> Scope:
    """Build a scope, redacted."""
    return Scope(_clean_key(name), _clean_key(version))


def resource_table(first_seen: Iterable[tuple[Resource, int]]) -> pa.Table:
    """Return rows of `resources`, one for each distinct id; times are nanoseconds."""
    unique: dict[int, tuple[Resource, int]] = {}
    for resource, seen in first_seen:
        known = unique.get(resource.resource_id)
        unique[resource.resource_id] = (resource, min(seen, known[1]) if known else seen)
    rows = [
        {
            **resource.columns,
            "resource_id": resource.resource_id,
            "process_pid": resource.process_pid,
            "schema_url": resource.schema_url,
            "first_seen": seen,
            "attr_keys": resource.keys,
            "attr_vals": resource.values,
        }
        for resource, seen in unique.values()
    ]
    return table_of_rows("resources", rows)


def _clean_key(text: str) -> str:
    return redact_text(cut(text.replace("\0", ""), 1024))
