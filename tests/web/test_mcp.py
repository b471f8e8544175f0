"""An agent asks: over stdio of a file and of a collector, over HTTP behind the token, in both generations of the protocol."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from . import otlp
from .agent import over_http, over_stdio, size_of, text_of
from .conftest import FAILED, Site

NODE = Path(__file__).parents[2] / ".cache/node/node_modules/@modelcontextprotocol/conformance/dist/index.js"
TOOLS = [
    "compare_with_healthy",
    "explain_request",
    "get_problem",
    "list_problems",
    "recent_changes",
    "run_sql",
    "what_is_missing",
]
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
PING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()


def trace_of(number: int) -> str:
    return str(otlp.checkout(number, fails=True, ago_s=1)[0]["traceId"])


async def _story(client: Any) -> dict[str, Any]:
    """Go from nothing to what to do, as an agent would."""
    answers = {"tools": (await client.list_tools()).tools}
    answers["list"] = await client.call_tool("list_problems", {"cause": "database"})
    step = answers["list"].structured_content["next"][0]
    answers["problem"] = await client.call_tool(step["tool"], step["arguments"])
    answers["request"] = await client.call_tool("explain_request", {"id": trace_of(FAILED[0])})
    answers["healthy"] = await client.call_tool("compare_with_healthy", {"id": trace_of(FAILED[0])})
    answers["missing"] = await client.call_tool("what_is_missing", {})
    answers["changes"] = await client.call_tool("recent_changes", {"service": "shop"})
    answers["sql"] = await client.call_tool(
        "run_sql", {"query": "select cause, count(*) as n from verdicts group by all"}
    )
    return answers


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_an_agent_goes_from_the_list_to_the_cause(site: Site, transport: str, mode: str) -> None:
    """The official client checks each structured answer against the schema that the tool has told."""
    ask = over_http if transport == "http" else over_stdio
    told = ask(site.url, _story, mode=mode)
    assert TOOLS == [tool.name for tool in told["tools"]]
    assert {(True, False)} == {
        (one.annotations.read_only_hint, one.annotations.open_world_hint) for one in told["tools"]
    }
    assert [] == [name for name, answer in told.items() if name != "tools" and answer.is_error]
    assert [] == [name for name, answer in told.items() if name != "tools" and size_of(answer) > 4096]
    verdict = told["problem"].structured_content["verdict"]
    assert ("database.deadlock", "postgresql://db:5432/shop") == (verdict["cause"], verdict["component"])
    # Of another request of the same problem: it ended at another time, and the change before may be known of one only.
    of_request = told["request"].structured_content["verdict"]
    same = verdict.keys() - {"change", "ended_at"}
    assert {name: verdict[name] for name in same} == {name: of_request[name] for name in same}
    # Other tests add to the same store.
    assert len(FAILED) <= told["problem"].structured_content["how_often"]["requests"]
    assert "deadlock" in text_of(told["request"]) and "\nNext: get_problem " in text_of(told["request"])
    assert "12 healthy" in text_of(told["healthy"]) or told["healthy"].structured_content["twin"]
    assert len(FAILED) <= dict(told["sql"].structured_content["rows"])["database.deadlock"]


def test_what_cannot_be_answered_says_what_to_do(site: Site) -> None:
    async def ask(client: Any) -> list[Any]:
        return [
            await client.call_tool("explain_request", {"id": "0123456789abcdef"}),
            await client.call_tool("explain_request", {"id": "no id at all"}),
            await client.call_tool("explain_request", {"trace": "x"}),
            await client.call_tool("list_problems", {"since": "yesterday"}),
            await client.call_tool("list_problems", {"max_bytes": 10}),
            await client.call_tool("run_sql", {"query": "delete from spans"}),
            await client.call_tool("run_sql", {"query": "select nothing from spans"}),
            await client.call_tool("run_sql", {"query": "from read_text('/etc/passwd')"}),
        ]

    answers = over_http(site.url, ask)
    assert [True] * 8 == [one.is_error for one in answers]
    assert [] == [text_of(one) for one in answers if "What to do: " not in text_of(one)]
    assert [] == [text_of(one) for one in answers if "root:" in text_of(one)]


def test_the_same_token_as_for_the_page_is_wanted_and_no_page_of_others_comes_in(guarded: Site, site: Site) -> None:
    def status(on: Site, **more: str) -> int:
        return on.ask("/mcp", PING, {**HEADERS, **{name.title(): value for name, value in more.items()}})[0].status

    assert [401, 403, 200] == [
        status(guarded),
        status(guarded, authorization="Bearer write-me"),
        status(guarded, authorization="Bearer read-me"),
    ]
    assert [200, 403, 403] == [
        status(site),
        status(site, host="evil.example"),
        status(site, origin="http://evil.example"),
    ]
    assert [405, 404] == [site.ask("/mcp")[0].status, site.ask("/mcp/x", PING, HEADERS)[0].status]
    assert 413 == site.ask("/mcp", b" " * 300_000, HEADERS)[0].status


def test_a_collector_without_the_extra_says_what_to_install(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.testclient import TestClient

    from culpa.mcp.mount import mount
    from culpa.mcp.remote import Remote
    from culpa.store import RemoteStore

    path, app = mount(Remote(RemoteStore(site.url)))
    monkeypatch.setitem(sys.modules, "mcp", None)
    answer = TestClient(app).post(path, content=PING, headers=HEADERS)
    assert (501, True) == (answer.status_code, "pip install 'culpa[mcp]'" in answer.json()["message"])


@pytest.mark.parametrize("scenario", ["server-initialize", "ping", "tools-list", "dns-rebinding-protection"])
def test_the_official_conformance_tests_pass(site: Site, scenario: str, tmp_path: Path) -> None:
    """The others want tools, prompts and resources of their own."""
    node = shutil.which("node")
    if not node or not NODE.exists():
        pytest.skip("no node, or .ci/node was not run")
    command = [node, str(NODE), "server", "--url", f"{site.url}/mcp", "--scenario", scenario]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "NO_COLOR": "1"}
    )
    assert 0 == ran.returncode, ran.stdout + ran.stderr
    assert ", 0 failed, 0 warnings" in ran.stdout
