"""What the rules see in each recording, read by the real collector, gathered by the real engine, and cached.

The cache is keyed by the bytes of the recording and the code that reads and gathers; delete it freely.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from culpa.analysis.pipeline.evidence import Evidence, Gathered, gather
from training.baseline import deepest_error
from training.corpus import CACHE, ROOT, Recording
from training.witnesses import Heard, hear, present, reductions

if TYPE_CHECKING:
    from culpa.store import DuckDBStore

#: What decides the rows of a segment and the evidence in it; weights and verdicts do not.
_CODE = (
    "collector/culpa/collector",
    "collector/culpa/store",
    "analysis/culpa/analysis/pipeline",
    "analysis/culpa/analysis/relations",
    "analysis/culpa/analysis/rules",
    "analysis/culpa/analysis/sql",
    "analysis/culpa/knowledge",
    "tests/training/seen.py",
    "tests/training/baseline.py",
    "tests/training/witnesses.py",
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was gathered from one recording, and what the deepest error span says of each trace.

    `reduced` is what is gathered where other witnesses are silent, by those that are heard.
    """

    gathered: Gathered
    deepest: dict[str, tuple[str, str, str]]
    reduced: Mapping[Heard, Gathered]


class _KeptGathered(msgspec.Struct):
    """A `Gathered` as it lies in the cache: keys of two strings become rows."""

    requests: list[Row]
    evidence: list[list[Evidence]]


class _Kept(msgspec.Struct):
    """A `Seen` as it lies in the cache."""

    gathered: _KeptGathered
    deepest: dict[str, tuple[str, str, str]]
    reduced: list[tuple[Heard, _KeptGathered]]


def see_all(
    recordings: Sequence[Recording],
    tell: Callable[[str], None] = print,
    processes: int | None = None,
    *,
    is_reduced: bool = False,
) -> list[Seen]:
    """Return what is seen in each recording, from the cache where it is known.

    `processes`: as many as there are cores; 0 does the work in this one. `is_reduced`: also with witnesses taken away.
    """
    places = [_place(one, is_reduced) for one in recordings]
    missing = [pair for pair in zip(recordings, places, strict=True) if not pair[1].exists()]
    if missing:
        tell(f"reading {len(missing)} of {len(recordings)} recordings")
        work = partial(_see_and_keep, is_reduced=is_reduced)
        if processes == 0:
            for pair in missing:
                work(pair)
        else:
            # Threads of the engine do not survive a fork.
            with ProcessPoolExecutor(processes, mp_context=get_context("forkserver")) as pool:
                for _ in pool.map(work, missing, chunksize=8):
                    pass
    return [_load(place) for place in places]


def see(files: Iterable[Path], *, is_reduced: bool = False) -> Seen:
    """Read telemetry files into a segment of their own, and gather what the rules see in it."""
    from culpa.collector.recorded import Gathering, RecordedFiles, Report
    from culpa.store import DuckDBStore

    with (
        tempfile.TemporaryDirectory(prefix="culpa-learning-") as folder,
        DuckDBStore(Path(folder) / "segment.duckdb", writable=True, threads=1) as store,
    ):
        report = Report(is_quiet=True)
        gathering = Gathering(store, report)
        reader = RecordedFiles(gathering, report)
        for file in files:
            reader.read(file)
        gathering.finish()
        with store.cursor() as cursor:
            whole, deepest = gather(cursor, None), deepest_error(cursor)
            left = reductions(present(cursor)) if is_reduced else []
        return Seen(whole, deepest, {heard: _reduced(store, heard) for heard in left})


def _reduced(store: "DuckDBStore", heard: Heard) -> Gathered:
    with store.cursor() as cursor:
        hear(cursor, heard)
        return gather(cursor, None)


def _see_and_keep(missing: tuple[Recording, Path], *, is_reduced: bool) -> None:
    recording, place = missing
    seen = see(recording.files(), is_reduced=is_reduced)
    kept = _Kept(
        _keep(seen.gathered), seen.deepest, [(heard, _keep(gathered)) for heard, gathered in seen.reduced.items()]
    )
    part = place.with_suffix(f".{os.getpid()}")
    part.write_bytes(msgspec.json.encode(kept))
    part.replace(place)


def _keep(of: Gathered) -> _KeptGathered:
    return _KeptGathered(list(of.requests.values()), [of.evidence[key] for key in of.requests])


def _load(place: Path) -> Seen:
    kept = msgspec.json.decode(place.read_bytes(), type=_Kept)
    reduced = {heard: _gathered(one) for heard, one in kept.reduced}
    return Seen(_gathered(kept.gathered), kept.deepest, reduced)


def _gathered(kept: _KeptGathered) -> Gathered:
    keys = [(row["trace_id"], row["request_span_id"]) for row in kept.requests]
    return Gathered(dict(zip(keys, kept.requests, strict=True)), dict(zip(keys, kept.evidence, strict=True)))


def _place(recording: Recording, is_reduced: bool) -> Path:
    digest = hashlib.blake2b(digest_size=12)
    for path in recording.files():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{is_reduced}\0{_code_version()}".encode())
    folder = CACHE / "seen"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{digest.hexdigest()}.json"


@cache
def _code_version() -> str:
    digest = hashlib.blake2b(digest_size=12)
    for name in _CODE:
        place = ROOT / name
        paths = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in paths:
            if path.suffix in {".py", ".sql", ".toml", ".tsv"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()
