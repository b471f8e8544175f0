"""Real failures of real stacks: a scripted agent reaches component and cause in at most two calls of 4 KB each."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from culpa.collector.commands.ingest import command

from .agent import over_stdio, size_of

WORLDS = Path(__file__).parents[1] / "worlds.tar.gz"
_FAILURES = 50


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[dict[str, Any]]]:
    """Give a store of recorded failures of the lab, and what was injected: 50 of them, as many causes as there are."""
    folder = tmp_path_factory.mktemp("lab")
    with tarfile.open(WORLDS) as archive:
        run = min(name.partition("/")[0] for name in archive.getnames())
        archive.extractall(folder, [one for one in archive if one.name.startswith(f"{run}/")], filter="data")
    expected = json.loads((folder / run / "expected.json").read_text())
    (folder / run / "expected.json").unlink()
    done = CliRunner().invoke(command, [str(folder / run), "--db", str(folder / "lab.duckdb"), "--quiet"])
    assert (0, "") == (done.exit_code, done.stderr)
    failed = [row for row in expected if row["cause"]]
    seen: dict[str, int] = {}
    for row in failed:
        row["turn"] = seen[row["cause"]] = seen.get(row["cause"], 0) + 1
    return str(folder / "lab.duckdb"), sorted(failed, key=lambda row: row["turn"])[:_FAILURES]


async def _by_id(client: Any, row: dict[str, Any]) -> list[Any]:
    return [await client.call_tool("explain_request", {"id": row["trace_id"]})]


async def _by_list(client: Any, row: dict[str, Any]) -> list[Any]:
    listed = await client.call_tool("list_problems", {"text": row["trace_id"]})
    step = listed.structured_content["next"][0]
    return [listed, await client.call_tool(step["tool"], step["arguments"])]


@pytest.mark.timeout(900)
def test_component_and_cause_are_reached_in_two_calls_of_4_kb(lab: tuple[str, list[dict[str, Any]]]) -> None:
    """Every fifth from the list of problems, the others by their trace's id; two in a hundred may be wrong, none sure."""
    where, rows = lab
    assert _FAILURES == len(rows)

    async def ask(client: Any) -> list[list[Any]]:
        return [await (_by_id if number % 5 else _by_list)(client, row) for number, row in enumerate(rows)]

    calls = over_stdio(where, ask)
    assert [] == [size_of(one) for answers in calls for one in answers if size_of(one) > 4096 or one.is_error]
    assert 2 == max(map(len, calls))
    wrong = []
    for row, answers in zip(rows, calls, strict=True):
        verdict = answers[-1].structured_content["verdict"]
        if verdict["cause"] != row["cause"] or verdict["component"] not in row["components"]:
            wrong.append((row["cell"], row["cause"], verdict["cause"], verdict["component"], verdict["confidence"]))
    assert [] == [one for one in wrong if one[2] != "unknown" and one[4] >= 0.8]
    assert len(wrong) <= _FAILURES // 50, "\n".join(map(str, wrong))
