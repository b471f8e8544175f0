"""What shippers of logs put a line into, and what Kibana exports of it: Fluent Bit, Fluentd, Filebeat, Vector.

Sources: the Kubernetes filter of Fluent Bit, the fluentd driver of Docker, fields of containers of Elastic and Vector.
"""

from culpa.collector.formats import Wrapping
from culpa.collector.wrappers._members import Object, first, mapping
from culpa.collector.wrappers._names import service_of, service_of_pod
from culpa.collector.wrappers._wrapping import Taken

#: Members that a shipper writes of itself, beside a line that it calls `message`, as many apps call their own.
_OF_SHIPPER = frozenset({"agent", "beat", "ecs", "input", "source_type", "container_id", "container_name"})
#: Where one of these stands, the shipper took the app's own object apart: its members are the line.
_OF_APP = frozenset({"level", "severity", "log.level", "levelname", "lvl"})
_LABELS = (
    "app",
    "app.kubernetes.io/name",
    "app_kubernetes_io/name",
    "com.docker.compose.service",
    "com_docker_compose_service",
)


def shipped(members: Object) -> Taken | None:
    """Return the line that a shipper's record holds, and of whom it is; None where the object is no such record."""
    row = mapping(members.get("_source")) or members
    words = row.get("log") if _is_of_container(row) else row.get("message") if _is_of_shipper(row) else None
    if not isinstance(words, str):
        return None
    return Taken(words.rstrip("\n").encode("utf-8", "replace"), _wrapping(row), _is_piece(row))


def _is_of_container(row: Object) -> bool:
    stream = first(row, "stream", "source")
    return isinstance(row.get("log"), str) and (stream in {"stdout", "stderr"} or "kubernetes" in row)


def _is_of_shipper(row: Object) -> bool:
    return not _OF_SHIPPER.isdisjoint(row) and _OF_APP.isdisjoint(row) and bool(first(row, "@timestamp", "timestamp"))


def _is_piece(row: Object) -> bool:
    """Say whether the next record goes on with the line. Sources: the CRI logging format, Docker's fluentd driver."""
    if "partial_message" in row:
        return first(row, "partial_last") == "false"
    return first(row, "logtag", "_p") == "P"


def _wrapping(row: Object) -> Wrapping:
    kubernetes, container = mapping(row.get("kubernetes")), mapping(row.get("container"))
    pod = first(kubernetes, "pod_name") or first(mapping(kubernetes.get("pod")), "name")
    name = (
        first(kubernetes, "container_name")
        or first(mapping(kubernetes.get("container")), "name")
        or first(container, "name")
        or first(row, "container_name").removeprefix("/")
    )
    labels = {**mapping(container.get("labels")), **mapping(row.get("labels")), **mapping(kubernetes.get("labels"))}
    service = first(labels, *_LABELS) or service_of(name) or (service_of_pod(pod) if pod else "")
    file = first(mapping(mapping(row.get("log")).get("file")), "path") or first(row, "file", "source")
    stream = "/".join((pod, name or file, first(row, "stream")))
    return Wrapping(first(row, "time", "@timestamp", "timestamp", "date"), service, stream)
