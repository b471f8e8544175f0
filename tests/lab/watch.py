"""culpa's side of the lab: the collector, the logs that it follows, and what the processes are told of it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from culpa.demo.ports import HOST, is_open
from culpa.demo.tiers import clean_environment
from lab.process import Process
from lab.services import mariadb, postgres
from lab.services.redis import log as redis_log
from lab.stacks import CULPA

if TYPE_CHECKING:
    from lab.world import World

#: A failing trace is judged for good when nothing of it came for so long (seconds).
SETTLE_S = 4.0


def collector(on: "World") -> Process:
    """Return the collector, which follows every log of the lab; it is not started."""
    return another_collector(on, "collector", on.folder / "store", on.ports.collector)


def another_collector(on: "World", name: str, store: Path, http_port: int, grpc_port: int = 0) -> Process:
    """Return a collector with a store of its own, which follows the same logs; it is not started."""
    settings = {"HTTP_PORT": http_port, "GRPC_PORT": grpc_port, "SETTLE_S": SETTLE_S, "MIN_FREE_BYTES": 64 * 1024**2}
    told = {f"CULPA_{name}": str(value) for name, value in settings.items()}
    command = [*CULPA, "collect", "--store", str(store)]
    for entry in _logs(on):
        command += ["--tail", entry]
    env = {**clean_environment(), **told, "TZ": "UTC"}
    return Process(name, command, lambda: _is_ready(http_port), env, on.folder)


def recorder(on: "World") -> Process:
    """Return what writes down each export on its way, so that a run can be read once more; it is not started."""
    script, port = Path(__file__).with_name("record.py"), on.ports.recorder
    command = [sys.executable, str(script), str(port), on.collector_url, str(on.folder / "otlp.jsonl")]
    return Process("recorder", command, lambda: is_open(port), clean_environment(), on.folder)


def telemetry(on: "World") -> dict[str, str]:
    """Return what tells an OpenTelemetry SDK where to send."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{HOST}:{on.ports.recorder}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        # What a process has not sent yet dies with it: the next fault may come soon.
        "OTEL_BSP_SCHEDULE_DELAY": "500",
    }


def _logs(on: "World") -> list[str]:
    logs, systems = on.folder / "logs", {app.system for app in on.apps}
    found = {
        "nginx": [("nginx_access", logs / "nginx/culpa-access.log"), ("nginx_error", logs / "nginx/error.log")],
        "apache": [("apache_access", logs / "apache/culpa-access.log"), ("apache_error", logs / "apache/error.log")],
        "caddy": [("caddy_access", logs / "caddy/culpa-access.log"), ("caddy_access", logs / "caddy/culpa-error.log")],
    }
    entries = [entry for front in on.fronts for entry in found[front]]
    entries += [("redis_server", redis_log(on.folder, name)) for name in ("redis", "redis-full", "redis-replica")]
    if "kernel" in on.processes:
        entries.append(("kernel", on.processes["kernel"].log))
    if "postgresql" in systems:
        entries.append(("postgresql_json", postgres.log(on.folder)))
    if "mysql" in systems:
        entries += mariadb.logs(on.folder).items()
    for app in on.apps:
        entries += [(kind, on.folder / path) for kind, path in app.logs]
    return [f"{kind}={path}" for kind, path in entries]


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}/readyz", timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
