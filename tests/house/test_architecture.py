"""The map of the house shows the house."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAP = (ROOT / "docs" / "architecture.md").read_text("utf-8")
#: Of the words in the picture: folders or files of the rooms. What stands in it and is none of them is somebody else's.
ROOMS = (
    *("collector/culpa/collector", "collector/culpa", "analysis/culpa"),
    *("analysis/culpa/analysis", "analysis/culpa/analysis/judgement"),
)
PATHS = sorted(set(re.findall(r"`((?:analysis|collector|instrumentation|tests)/[^`]+)`", MAP)))
PARTS = (
    *("receivers", "decode", "redact", "writer", "store", "tail", "formats", "recorded", "queries", "settler"),
    *("analysis", "relations", "rules", "weigh", "verdict", "knowledge"),
)


@pytest.mark.parametrize("path", PATHS)
def test_a_place_on_the_map_is_there(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_of_the_picture_is_a_room_or_a_file(part: str) -> None:
    picture = MAP.split("```")[1]
    assert re.search(rf"\b{part}\b", picture)
    assert any((ROOT / room / part).is_dir() or (ROOT / room / f"{part}.py").is_file() for room in ROOMS)


def test_the_map_leads_to_every_kind_of_data() -> None:
    """Each table and folder of knowledge is named; so is each folder of the collector that data passes through."""
    knowledge = ROOT / "analysis/culpa/knowledge"
    tables = {path.name for path in knowledge.iterdir() if path.suffix == ".tsv"} - {"topics.tsv"}
    folders = {path.name for path in knowledge.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert set() == {name for name in tables | folders if f"knowledge/{name}" not in MAP}
    collector = ROOT / "collector/culpa/collector"
    beside_the_path = {"__pycache__", "commands", "openapi", "sql"}
    rooms = {path.name for path in collector.iterdir() if path.is_dir()} - beside_the_path
    assert set() == {name for name in rooms if not re.search(rf"\b{name}\b", MAP)}
