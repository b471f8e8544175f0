"""No rule knows the recordings by their names: under other names and at another time they are judged the same."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from sweeps import some

#: Chosen once; another one must do as well.
SEED = 20_261_122

STACKS = [
    "apache", "boot", "dbsrv", "django-wsgi", "fastapi-db", "fastapi-native", "fastapi-redis", "fastapi-third",
    "fastapi-uvicorn", "flask-gunicorn", "laravel", "misc", "nginx", "node", "proc-gunicorn", "proc-uvicorn-reload",
    "proc-uvicorn-single", "proc-uvicorn-workers2", "rails", "rails-otlpmw",
]  # fmt: skip


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Give two processes; the engine's threads do not survive a fork."""
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as two:
        yield two


def test_every_stack_of_the_recordings_is_renamed() -> None:
    """The list above leaves none out."""
    from training.corpus import recordings

    assert set(STACKS) == {one.stack for one in recordings()}


@pytest.mark.parametrize("stack", some(STACKS, 5))
def test_verdicts_do_not_depend_on_names_and_times(stack: str, pool: ProcessPoolExecutor) -> None:
    """Layer, cause and confidence stay; the component is the same one under its new name."""
    from training.corpus import recordings
    from training.renamed import compared

    known = some([one for one in recordings() if one.stack == stack], 1)
    found = pool.map(compared, known, [SEED] * len(known), chunksize=4)
    assert [] == [line for lines in found for line in lines]


def test_renaming_leaves_no_old_name_behind() -> None:
    """A recording's service, address, ports and route are gone from all its files, and its files still parse."""
    import tempfile
    from pathlib import Path

    from training.corpus import recordings
    from training.renaming import Renaming

    recording = next(one for one in recordings() if one.name == "fastapi-db/asyncpg_unique")
    renaming = Renaming(recording, SEED)
    with tempfile.TemporaryDirectory() as folder:
        text = "".join(path.read_text("utf-8", "replace") for path in renaming.write(Path(folder)))
    assert {"fastapi"} == set(renaming.services)
    for old in ("127.0.0.1", "21201", "/adb/unique", '"fastapi"', "2026-11-22"):
        assert old not in text, old
    for new in (*renaming.services.values(), *renaming.addresses.values()):
        assert new in text
