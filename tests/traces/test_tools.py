"""Tools of others that ask Jaeger ask a collector, unchanged."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from web.conftest import Site

from culpa.store import iso

from .conftest import Queried
from .played import CHECKOUT, HOUR, LINKED, LISTING, QUERY, START

TOOLS = Path(__file__).parents[2] / ".cache/tools"

pytestmark = pytest.mark.skipif(not TOOLS.exists(), reason="tools of others are installed by `make tools`")

#: Calls functions of a module, each with its arguments, and prints what they return as JSON.
ASK = """
import asyncio, importlib, inspect, json, sys

def plain(value):
    return value.model_dump() if hasattr(value, "model_dump") else value

async def main():
    module, calls = json.load(sys.stdin)
    tools, answers = importlib.import_module(module), []
    for name, arguments in calls:
        answer = getattr(tools, name)(**arguments)
        answers.append(plain(await answer if inspect.isawaitable(answer) else answer))
    print(json.dumps(answers))

asyncio.run(main())
"""


def asked(tool: str, module: str, calls: list[tuple[str, dict[str, Any]]], **environ: str) -> list[Any]:
    """Return what a tool's functions answer."""
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps([module, calls]),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(TOOLS / tool), **environ},
    )
    assert 0 == done.returncode, done.stderr
    answers: list[Any] = json.loads(done.stdout)
    return answers


def test_a_client_of_v1(site: Site) -> None:
    """jaeger-mcp, under /jaeger."""
    window = {"start": (START - HOUR) // 1000, "end": (START + 6 * HOUR) // 1000}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("jaeger_list_services", {}),
        ("jaeger_list_operations", {"service": "shop"}),
        ("jaeger_search_traces", {"service": "shop", "limit": 20, "tags": None, **window}),
        ("jaeger_search_traces", {"service": "stock", "tags": '{"culpa.cause":"database.deadlock"}', **window}),
        ("jaeger_get_trace", {"trace_id": CHECKOUT}),
        ("jaeger_get_dependencies", {"end_ts": window["end"], "lookback_hours": 24}),
        ("jaeger_critical_path", {"trace_id": CHECKOUT}),
    ]
    answers = asked("jaeger-mcp", "jaeger_mcp.tools", calls, JAEGER_URL=f"{site.url}/jaeger")
    assert [False] * len(calls) == [answer["isError"] for answer in answers]
    services, operations, traces, deadlocks, trace, links, path = (answer["structuredContent"] for answer in answers)
    assert ["shop", "stock", "till"] == services["services"]
    assert ["GET", "GET /items", "POST /checkout", "orders send", "render"] == operations["operations"]
    assert [LINKED, LISTING, CHECKOUT] == [one["trace_id"] for one in traces["traces"]]
    assert [(CHECKOUT, "POST /checkout", 3)] == [
        (one["trace_id"], one["root_operation"], one["errors_count"]) for one in deadlocks["traces"]
    ]
    causes = [
        (span["span_id"], span["tags"]["culpa.cause"]) for span in trace["spans"] if "culpa.cause" in span["tags"]
    ]
    assert [(f"{QUERY:016x}", "database.deadlock")] == causes
    assert [("shop", "stock"), ("shop", "till")] == [(one["parent"], one["child"]) for one in links["edges"]]
    assert CHECKOUT == path["trace_id"]


def test_a_client_of_v3(site: Queried) -> None:
    """mcp-server-jaeger, at the port of Jaeger; it asks v1 for a whole trace."""
    url = f"http://127.0.0.1:{site.jaeger_port}"
    window = {"start_time_min": iso(START - HOUR), "start_time_max": iso(START + 6 * HOUR)}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("ping_jaeger", {}),
        ("get_all_services", {}),
        ("get_operations_for_service", {"service_name": "till"}),
        ("get_trace_summaries", {"service_name": "shop", **window}),
        ("get_trace_overview", {"trace_id": CHECKOUT}),
        ("get_trace_errors", {"trace_id": CHECKOUT}),
        ("get_span_details", {"trace_id": CHECKOUT, "span_id": f"{QUERY:016x}"}),
    ]
    named = [(name, {**one, "ping_url": url}) for name, one in calls]
    ping, services, operations, summaries, overview, errors, details = asked(
        "mcp-server-jaeger", "jaeger_mcp.tools.tools", named
    )
    assert f"jaeger accessible on {url}" == ping
    assert {"services": ["shop", "stock", "till"]} == services
    assert [{"name": "orders process", "spanKind": "consumer"}] == operations["operations"]
    assert [(LINKED, 2), (LISTING, 2), (CHECKOUT, 4)] == [
        (one["traceId"], one["spanCount"]) for one in summaries["summaries"]
    ]
    assert ("POST /checkout", 3) == (overview["rootOperationName"], overview["errorCount"])
    assert 3 == errors["totalErrors"]
    assert "database.deadlock" == details["attributes"]["culpa.cause"]
    assert ["exception", "culpa.verdict"] == [
        next(one["value"] for one in log["fields"] if one["key"] == "event") for log in details["events"]
    ]
