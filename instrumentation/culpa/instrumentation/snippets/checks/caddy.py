"""Check Caddy's configuration, a Caddyfile or JSON: spans, a JSON access log and the default log in files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from culpa.instrumentation.snippets.finding import Finding, Unreadable


def check(path: Path) -> list[Finding]:
    """Return what a configuration lacks. Errors: Unreadable where Caddy itself cannot read it, or is not there."""
    config = _adapted(path)
    found: list[Finding] = []
    servers = config.get("apps", {}).get("http", {}).get("servers", {})
    logs = config.get("logging", {}).get("logs", {})
    for server in servers.values():
        name = ", ".join(server.get("listen", []))
        untraced = [site for site in _sites(server) if not _has_tracing(site[1])]
        for site, _ in untraced:
            found.append(Finding("requests get no trace", "tracing {\n\tspan caddy\n}", f"{path}: {site or name}"))
        if not _is_logged(server, logs):
            advice = "log {\n\toutput file /var/log/caddy/culpa-access.log\n\tformat json\n}"
            found.append(Finding("no access log in a file", advice, f"{path}: {name}"))
    if _writer(logs.get("default", {})) != "file":
        advice = "{\n\tlog {\n\t\toutput file /var/log/caddy/culpa-error.log\n\t\tformat json\n\t}\n}"
        found.append(Finding("why a request failed is not logged to a file", advice, str(path)))
    for name, log in logs.items():
        encoder = log.get("encoder", {}).get("format", "json")
        if encoder != "json" and _writer(log) == "file":
            found.append(Finding(f"the log {name} is not JSON", "format json", str(path)))
    return found


def _adapted(path: Path) -> dict[str, Any]:
    if path.suffix == ".json":
        try:
            document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise Unreadable(f"{path} is not JSON: {error}") from error
        return document
    folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    program = shutil.which("caddy", path=folders)
    if program is None:
        raise Unreadable(
            f"only caddy itself can read {path}, and it is not on PATH; run this where it is, or name its JSON"
        )
    done = subprocess.run(
        [program, "adapt", "--config", str(path), "--adapter", "caddyfile"], capture_output=True, text=True, timeout=30
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:]
        raise Unreadable(f"caddy cannot read {path}: {''.join(last)}")
    adapted: dict[str, Any] = json.loads(done.stdout)
    return adapted


def _sites(server: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return each site's name and the routes inside it."""
    sites: list[tuple[str, list[dict[str, Any]]]] = []
    plain: list[dict[str, Any]] = []
    for route in server.get("routes", []):
        hosts = [host for match in route.get("match", []) for host in match.get("host", [])]
        if hosts:
            sites.append((", ".join(hosts), [route]))
        else:
            plain.append(route)
    return [*sites, ("", plain)] if plain else sites


def _has_tracing(routes: list[dict[str, Any]]) -> bool:
    handlers = [handler for route in routes for handler in route.get("handle", [])]
    return any(each.get("handler") == "tracing" or _has_tracing(each.get("routes", [])) for each in handlers)


def _is_logged(server: dict[str, Any], logs: dict[str, Any]) -> bool:
    """Say whether a server's requests go to a file: by its own logger's log, or by the default one."""
    if "logs" not in server:
        return False
    names = [str(server["logs"].get("default_logger_name", ""))]
    for named in server["logs"].get("logger_names", {}).values():
        names += [named] if isinstance(named, str) else [str(name) for name in named]
    wanted = {f"http.log.access.{name}" for name in names if name} | {"http.log.access"}
    own = [log for log in logs.values() if wanted & set(log.get("include", []))]
    return any(_writer(log) == "file" for log in own or [logs.get("default", {})])


def _writer(log: dict[str, Any]) -> str:
    return str(log.get("writer", {}).get("output", "stderr"))
