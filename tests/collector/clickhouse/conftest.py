"""ClickHouse in a process (chDB), in an environment of its own: a folder of it filled, and judged by the command."""

import json
import os
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest

from culpa.instrumentation.cli import main

_PYTHON = Path(__file__).parents[3] / ".cache/clickhouse/bin/python"
_FILL = Path(__file__).parent / "fill.py"
_CULPA = "import sys; from culpa.instrumentation.cli import main; sys.exit(main())"
#: Times of tables are those of UTC.
_ENVIRONMENT = {"TZ": "UTC", "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}

#: As `serve.py` has it.
_PASSWORD = "s3cret-pass/word"

Ran = subprocess.CompletedProcess[str]


def verdicts(segment: Path) -> list[dict[str, Any]]:
    """Return verdicts without when they were judged, ids of log records, and restarts.

    The exporter does not keep the time that ids rest on; restarts are told by requests that did not fail too, and those
    stay where they are.
    """
    with duckdb.connect(str(segment), read_only=True) as store:
        found = store.execute("select * from verdicts order by trace_id, request_span_id")
        names = [column[0] for column in found.description or ()]
        return [_comparable(dict(zip(names, row, strict=True))) for row in found.fetchall()]


def _comparable(verdict: dict[str, Any]) -> dict[str, Any]:
    evidence = [one | {"source": one["source"].partition(":")[0]} for one in verdict["evidence"]]
    return {key: value for key, value in verdict.items() if key not in ("judged_at", "change")} | {"evidence": evidence}


class ChDB:
    """A folder of chDB."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"chdb://{folder}"

    def fill(self, schema: str, *paths: Path) -> None:
        """Write OTLP lines as the exporter does."""
        self.python(_FILL, self.folder, schema, *paths)

    def sql(self, statement: str) -> str:
        """Return what a statement answers, tab-separated."""
        code = (
            "import sys, clickhouse_connect as c; client = c.get_client(dsn='chdb:///' + sys.argv[1]);"
            "sys.stdout.write(client.raw_query(sys.argv[2], fmt='TabSeparated').decode()); client.close()"
        )
        return self.python("-c", code, self.folder, statement).stdout

    def judge(self, into: Path, *options: object) -> Ran:
        """Run `culpa judge` on it."""
        return _run("-c", _CULPA, "judge", "--store", self.address, "--into", into, *options)

    def judge_in_turn(self, *calls: tuple[object, ...]) -> list[str]:
        """Run `culpa judge` for some calls, in one process to be cheap; return what each said. All have to end well."""
        code = (
            "import sys, json; from culpa.instrumentation.cli import main\n"
            "for call in json.loads(sys.argv[1]):\n"
            "    status = main(['judge', '--store', *call]); print(status, 'CALL', file=sys.stderr)"
        )
        ran = self.python("-c", code, json.dumps([[self.address, *map(str, call)] for call in calls]))
        said = ran.stderr.split(" CALL\n")[:-1]
        assert ["0"] * len(calls) == [one[-1] for one in said], ran.stderr
        return said

    @contextmanager
    def served(self, port: int) -> Generator[str]:
        """Serve it as ClickHouse's HTTP interface for a while; yield its address, with the password."""
        command = [str(_PYTHON), str(_FILL.with_name("serve.py")), str(self.folder), str(port)]
        server = subprocess.Popen(command, env=_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until = time.monotonic() + 60
            while not _answers(port):
                assert server.poll() is None and time.monotonic() < until
                time.sleep(0.1)
            yield f"clickhouse://reader:{quote(_PASSWORD, safe='')}@127.0.0.1:{port}/default"
        finally:
            server.kill()
            server.wait()

    def python(self, *arguments: object, given: str = "") -> Ran:
        """Run Python with chDB, with that to read on stdin; it has to end well."""
        ran = _run(*arguments, given=given)
        assert ran.returncode == 0, ran.stderr
        return ran


def _run(*arguments: object, given: str = "") -> Ran:
    command = [str(_PYTHON), *map(str, arguments)]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, env=_ENVIRONMENT, check=False, timeout=240
    )


def _answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def chdb(tmp_path: Path) -> ChDB:
    if not _PYTHON.exists():
        pytest.skip("chDB is installed by `make clickhouse`")
    return ChDB(tmp_path / "chdb")


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All recorded OTLP of the corpus, as JSON lines."""
    folder = tmp_path_factory.mktemp("corpus")
    with tarfile.open(Path(__file__).parents[2] / "corpus.tar.gz") as corpus:
        corpus.extractall(folder, filter="data")
    return sorted(folder.rglob("otlp.jsonl"))


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory, recordings: list[Path]) -> Path:
    """Judge the same recordings by `culpa ingest`."""
    segment = tmp_path_factory.mktemp("ingested") / "segment.duckdb"
    assert 0 == main(["ingest", *map(str, recordings), "--db", str(segment), "--quiet"])
    return segment


@pytest.fixture
def one_failure(tmp_path: Path) -> Callable[[int, int], Path]:
    """Make files with a failing request each, by its number and its time in ns."""

    def write(number: int, at_ns: int) -> Path:
        path = tmp_path / f"otlp-{number}.jsonl"
        path.write_text(
            _FAILURE.replace("NUMBER", f"{number:016x}").replace("BEGIN", str(at_ns)).replace("END", str(at_ns + 9))
        )
        return path

    return write


_FAILURE = (
    '{"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}, '
    '"scopeSpans": [{"spans": [{"traceId": "NUMBERNUMBER", "spanId": "NUMBER", "name": "GET /a", "kind": 2, '
    '"startTimeUnixNano": "BEGIN", "endTimeUnixNano": "END", "status": {"code": 2}, '
    '"attributes": [{"key": "http.response.status_code", "value": {"intValue": "500"}}], "events": [{"timeUnixNano": "END", '
    '"name": "exception", "attributes": [{"key": "exception.type", "value": {"stringValue": "ValueError"}}, '
    '{"key": "exception.message", "value": {"stringValue": "password=hunter2secret boom"}}]}]}]}]}]}\n'
)
