"""`python -m lab.pack FOLDER... --into FILE`: make one small archive of what `--keep` has kept, to be judged without the lab.

Of each run: what the apps sent, the logs that were followed, and which verdict every request deserves.
"""

import argparse
import io
import re
import tarfile
from pathlib import Path

#: Folders of the machine that recorded it, and what stands for them.
_PLACES = (
    (re.compile(r"/[\w./-]*?/culpa-lab-\w+"), "/lab"),
    (re.compile(r"/[\w./-]*?/\.cache/lab\b"), "/built"),
    (re.compile(r"/[\w./-]*?/pkg/mod\b"), "/go/pkg/mod"),
    (re.compile(r"/[\w./-]*?/\.?venv\b"), "/venv"),
    (re.compile(r"/[\w./-]*?/instrumentation/culpa\b"), "/opt/culpa/instrumentation/culpa"),
    (re.compile(r"/[\w./-]*?/lib/python3"), "/usr/lib/python3"),
)
_FILES = {
    "expected.json": "expected.json",
    "otlp.jsonl": "otlp.jsonl",
    "nginx-access.jsonl": "logs/nginx/culpa-access.log",
    "nginx-error.log": "logs/nginx/error.log",
    "postgres.json": "logs/postgres.json",
    "mariadb-error.log": "logs/error.log",
    "mariadb-sql-errors.log": "logs/sql_errors.log",
    "mariadb-slow.log": "logs/slow.log",
}


def pack(folders: list[Path], into: Path) -> None:
    """Write the archive: a folder for each run, named after the kept folder."""
    with tarfile.open(into, "w:gz", compresslevel=9) as archive:
        for folder in folders:
            for name, kept in _FILES.items():
                if (folder / kept).exists():
                    _add(archive, f"{folder.name}/{name}", (folder / kept).read_text(errors="replace"))


def without_places(text: str) -> str:
    """Return a text without the folders of the machine that recorded it."""
    for found, instead in _PLACES:
        text = found.sub(instead, text)
    return text


def _add(archive: tarfile.TarFile, name: str, text: str) -> None:
    content = without_places(text).encode()
    told = tarfile.TarInfo(name)
    told.size = len(content)
    archive.addfile(told, io.BytesIO(content))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m lab.pack", description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, required=True)
    asked = parser.parse_args()
    pack(asked.folders, asked.into)
