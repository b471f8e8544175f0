"""`python -m lab.relays.pack FOLDER FILE`: make one small archive of what `python -m lab.relays` has kept.

A part of the requests, the same for each passage: what arrived of them, their lines in the servers' logs, and what they deserve.
"""

import io
import json
import re
import sys
import tarfile
from pathlib import Path
from typing import Any

from lab.pack import without_places

#: Each so many-th request that failed, and those that the log shows to be well beside them.
_EACH = 21
_LEAST_WELL = 12
#: Passages that are more than another spelling of the same file.
_PASSAGES = ("half", "old_names", "underscores", "own_names", "private", "masked")
#: The trouble in which nothing arrives: its requests stand in the logs alone.
_SILENT = "down"
_TRACE = re.compile(r"\b[0-9a-f]{32}\b")


def pack(folder: Path, into: Path) -> None:
    """Write the archive: a folder for each passage."""
    expected = json.loads((folder / "expected.json").read_text())
    kept = [row for row in expected[""] if row["cause"]][::_EACH] + [row for row in expected[""] if not row["cause"]][
        :_LEAST_WELL
    ]
    silent = expected[_SILENT]
    with tarfile.open(into, "w:gz", compresslevel=9) as archive:
        for name in (*_PASSAGES, _SILENT):
            rows = kept if name != _SILENT else silent
            traces = {row["trace_id"] for row in kept} | (
                {row["trace_id"] for row in silent} if name == _SILENT else set()
            )
            source = folder / "passages" / (name if name != _SILENT else "plain") / "otlp.jsonl"
            _add(archive, f"{name}/expected.json", json.dumps(rows))
            _add(archive, f"{name}/otlp.jsonl", "".join(_exports(source, traces)))
            for log in ("nginx-access.jsonl", "nginx-error.log", "postgres.json"):
                # A line of the error log bears no trace.
                lines = (folder / "logs" / log).read_text(errors="replace").splitlines(keepends=True)
                _add(
                    archive,
                    f"{name}/{log}",
                    "".join(line for line in lines if log == "nginx-error.log" or traces & set(_TRACE.findall(line))),
                )


def _exports(file: Path, traces: set[str]) -> list[str]:
    lines = (json.loads(line) for line in file.read_text().splitlines())
    return [json.dumps(told, separators=(",", ":")) + "\n" for line in lines if (told := _part(line, traces))]


def _part(export: dict[str, Any], traces: set[str]) -> dict[str, Any]:
    """Return what an export holds of some traces; {} if nothing, or if it is of metrics."""
    for groups, scopes, items in (
        ("resourceSpans", "scopeSpans", "spans"),
        ("resourceLogs", "scopeLogs", "logRecords"),
    ):
        found = []
        for group in export.get(groups, []):
            inner = [
                scope | {items: members}
                for scope in group[scopes]
                if (members := [one for one in scope[items] if one.get("traceId") in traces])
            ]
            if inner:
                found.append(group | {scopes: inner})
        if found:
            return {groups: found}
    return {}


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = without_places(text).encode()
    told = tarfile.TarInfo(name)
    told.size = len(content)
    archive.addfile(told, io.BytesIO(content))


if __name__ == "__main__":
    pack(Path(sys.argv[1]), Path(sys.argv[2]))
