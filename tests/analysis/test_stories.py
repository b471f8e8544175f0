"""Failures as users meet them: all told in one store, judged once."""

from collections.abc import Iterator
from typing import Any

import pytest

from culpa.store import DuckDBStore

from .conftest import Scene
from .stories import STORIES, Story

Row = dict[str, Any]

SURE = 0.8


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Row]]:
    """Tell all stories; give the verdict of each."""
    with DuckDBStore(tmp_path_factory.mktemp("stories") / "all.duckdb", writable=True) as store:
        scene = Scene(store)
        traces = dict[str, str]()
        for number, story in enumerate(STORIES, 0x1000):
            scene.begin(number)
            story.play(scene)
            traces[scene.trace] = story.name
        verdicts = scene.verdicts()
        yield {traces[row["trace_id"]]: row for row in verdicts if row["trace_id"] in traces}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_story_ends_with_its_answer(told: dict[str, Row], story: Story) -> None:
    """Cause and component, and where the story says so the object and what was seen."""
    verdict = told[story.name]
    if story.never:
        assert verdict["cause"] not in story.never or verdict["confidence"] < SURE
    else:
        assert (story.cause, story.component) == (verdict["cause"], verdict["component"])
        assert SURE <= verdict["confidence"]
    if story.object:
        assert story.object == verdict["object"]
    statements = " ".join(one["statement"] for one in verdict["evidence"])
    assert story.says in statements
    assert story.silent not in {one["rule"] for one in verdict["evidence"]}
