"""A scene: telemetry of one small system, written into a real store and judged by the real engine."""

import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from culpa.analysis.settle import settle
from culpa.collector.exceptions.callee import find_callee
from culpa.collector.recorded import Gathering, RecordedFiles, Report
from culpa.instrumentation.cli import main
from culpa.store import DuckDBStore, arrow_schema

Row = dict[str, Any]

CORPUS = Path(__file__).parents[1] / "corpus.tar.gz"

#: All scenes begin here (ns since 1970) and step by milliseconds.
START_NS = 1_795_300_000_000_000_000
MS = 1_000_000
DAY_NS = 86_400_000 * MS


def _default(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return []
    if pa.types.is_boolean(kind):
        return False
    return "" if pa.types.is_string(kind) else 0


def _table(relation: str, rows: list[Row]) -> pa.Table:
    schema = arrow_schema(relation)
    full = [{field.name: row.get(field.name, _default(field.type)) for field in schema} for row in rows]
    return pa.Table.from_pylist(full, schema=schema)


class Scene:
    """Collects rows; ids count from one."""

    def __init__(self, store: DuckDBStore) -> None:
        """Begin with nothing."""
        self.store = store
        self.rows: dict[str, list[Row]] = {}
        self._ids = 0
        self.trace = f"{1:032x}"
        self.start_ns = START_NS

    def begin(self, number: int) -> None:
        """Begin another scene in the same store: in a trace and on a day of its own."""
        self.trace = f"{number:032x}"
        self.start_ns = START_NS + number * DAY_NS

    def _id(self) -> str:
        self._ids += 1
        return f"{self._ids:016x}"

    def add(self, relation: str, row: Row) -> None:
        """Add one row with defaults for what it does not say."""
        self.rows.setdefault(relation, []).append(row)

    def span(
        self,
        service: str,
        name: str = "GET /",
        *,
        at: float = 0,
        lasts: float = 10,
        parent: str = "",
        **columns: Any,
    ) -> str:
        """Add a span; `at` and `lasts` in milliseconds. Returns its id."""
        row: Row = {
            "kind": 1,
            "trace_id": self.trace,
            "span_id": self._id(),
            "parent_span_id": parent,
        } | columns
        row |= {"service_name": service, "span_name": name, "resource_id": sum(service.encode())}
        row |= {"start_time": self.start_ns + int(at * MS), "duration_ns": int(lasts * MS)}
        self.add("spans", row)
        return str(row["span_id"])

    def server(self, service: str, status: int, **columns: Any) -> str:
        """Add a SERVER span that answered `status`."""
        red = {"status_code": 2} if status >= 500 else {}
        defaults = {
            "kind": 2,
            "http_response_status_code": status,
            "http_request_method": "GET",
            "http_route": "/orders/{id}",
        }
        return self.span(service, **(defaults | red | columns))

    def call(self, service: str, parent: str, *, failed: bool = True, **columns: Any) -> str:
        """Add a CLIENT span."""
        return self.span(service, parent=parent, **({"kind": 3, "status_code": 2 if failed else 0} | columns))

    def query(self, service: str, parent: str, *, failed: bool = True, **columns: Any) -> str:
        """Add a CLIENT span to PostgreSQL at db:5432/shop."""
        db = {
            "db_system_name": "postgresql",
            "db_namespace": "shop",
            "server_address": "db",
            "server_port": 5432,
        }
        return self.call(
            service, parent, failed=failed, **(db | {"name": "select", "db_query_text": "select ?"} | columns)
        )

    def raises(self, span: str, kind: str, message: str, *, at: float = 9, stack: str = "", **columns: Any) -> None:
        """Record an exception on a span."""
        owner = next(row for row in self.rows["spans"] if row["span_id"] == span)
        row: Row = {
            "exception_id": self._id(),
            "trace_id": owner["trace_id"],
            "span_id": span,
            "source": "span",
        }
        row |= {
            "service_name": owner["service_name"],
            "time": self.start_ns + int(at * MS),
            "type": kind,
            "message": message,
        }
        row |= {"origin_type": kind, "origin_message": message, "chain": [kind], "in_app": True}
        row |= {
            "stacktrace": stack
            or f'Traceback (most recent call last):\n  File "/app/shop.py", line 7, in view\n{kind}: {message}\n'
        }
        callee = find_callee(kind, message, row["stacktrace"])
        row |= {"callee_system": callee.system, "callee_address": callee.address, "callee_port": callee.port}
        row |= {"callee_scheme": callee.scheme, "callee_service": callee.service, "is_relay": callee.is_relay}
        row |= {"callee_namespace": callee.namespace, "is_from_library": callee.is_from_library}
        self.add("exceptions", row | {"fingerprint": f"{sum((kind + message).encode()):016x}"} | columns)

    def access(
        self, status: int, *, upstream: str = "", upstream_status: str = "", lasts: float = 20, **columns: Any
    ) -> str:
        """Add a line of nginx's access log. Returns its span id."""
        row: Row = {
            "access_id": self._id(),
            "trace_id": self.trace,
            "span_id": self._id(),
            "format": "nginx_access",
        }
        row |= {
            "service_name": "nginx",
            "start_time": self.start_ns - 5 * MS,
            "duration_ns": int(lasts * MS),
            "completed": True,
        }
        row |= {
            "http_request_method": "GET",
            "url_path": "/orders/7",
            "http_response_status_code": status,
            "process_pid": 9,
        }
        row |= {"connection_id": "4", "upstream_address": upstream, "upstream_status": upstream_status}
        row |= {"upstream_connect_ns": -1, "upstream_header_ns": -1, "upstream_response_ns": -1}
        self.add("access", row | columns)
        return str(row["span_id"])

    def error_line(self, body: str, **columns: Any) -> None:
        """Add a line of nginx's error log, which knows the connection but no trace."""
        row: Row = {
            "log_id": self._id(),
            "time": self.start_ns,
            "service_name": "nginx",
            "format": "nginx_error",
            "body": body,
        }
        row |= {
            "severity_number": 17,
            "process_pid": 9,
            "connection_id": "4",
            "http_request_method": "GET",
            "url_path": "/orders/7",
        }
        self.add("logs", row | columns)

    def server_log(self, format: str, event: str, body: str, *, at: float = 5, **columns: Any) -> str:
        """Add a record of another server's log, which knows no trace unless told. Returns its id."""
        row: Row = {
            "log_id": self._id(),
            "time": self.start_ns + int(at * MS),
            "format": format,
            "event_name": event,
        }
        row |= {"body": body, "severity_number": 17}
        self.add("logs", row | columns)
        return str(row["log_id"])

    def logs_exception(
        self, log_id: str, kind: str, message: str, *, stack: str = "", at: float = 5, **columns: Any
    ) -> None:
        """Add the exception that such a record tells."""
        row: Row = {
            "exception_id": self._id(),
            "source": "log",
            "log_id": log_id,
            "time": self.start_ns + int(at * MS),
        }
        row |= {
            "type": kind,
            "message": message,
            "origin_type": kind,
            "origin_message": message,
            "stacktrace": stack,
        }
        callee = find_callee(kind, message, stack)
        row |= {"callee_system": callee.system, "callee_address": callee.address, "callee_port": callee.port}
        self.add("exceptions", row | columns)

    def keep(self) -> None:
        """Store what was added."""
        self.store.write({relation: _table(relation, rows) for relation, rows in self.rows.items()})
        self.rows.clear()

    def verdicts(self) -> list[Row]:
        """Store what was added, judge it, and return the verdicts in order of trace and span."""
        self.keep()
        settle(self.store, None)
        return self.store.query("select * from verdicts order by trace_id, request_span_id").to_pylist()

    def verdict(self) -> Row:
        """Return the only verdict."""
        found = self.verdicts()
        assert 1 == len(found), found
        return found[0]


class Done(NamedTuple):
    """How a command ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Return a function that runs a `culpa` command in this process: to start another takes longer than most of them."""

    def run(*arguments: str) -> Done:
        capfd.readouterr()
        return Done(main(list(arguments)), *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def empty_segment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a segment without rows: to copy it takes less than to make its relations."""
    path = tmp_path_factory.mktemp("empty") / "segment.duckdb"
    DuckDBStore(path, writable=True).close()
    return path


@pytest.fixture
def scene(empty_segment: Path, tmp_path: Path) -> Iterator[Scene]:
    """Give a scene on a new store."""
    with DuckDBStore(shutil.copy(empty_segment, tmp_path / "scene.duckdb"), writable=True) as store:
        yield Scene(store)


@pytest.fixture(scope="module")
def verdicts_of(empty_segment: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[Any, Row]]:
    """Return a function that plays scenes in one store, each in a trace and on a day of its own, and gives each one's only verdict.

    To judge them one by one would cost as much for each as for all.
    """

    def judge(plays: Mapping[Any, Callable[[Scene], object]]) -> dict[Any, Row]:
        segment = shutil.copy(empty_segment, tmp_path_factory.mktemp("scenes") / "scenes.duckdb")
        with DuckDBStore(segment, writable=True) as store:
            scene = Scene(store)
            traces: dict[Any, str] = {}
            for number, (name, play) in enumerate(plays.items(), 1):
                scene.begin(number)
                play(scene)
                traces[name] = scene.trace
            rows = scene.verdicts()
        assert sorted(traces.values()) == [row["trace_id"] for row in rows]
        found = {row["trace_id"]: row for row in rows}
        return {name: found[trace] for name, trace in traces.items()}

    return judge


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBStore]:
    """Give one store that holds all recordings of the corpus."""
    place = tmp_path_factory.mktemp("recordings")
    with tarfile.open(CORPUS) as packed:
        packed.extractall(place, filter="data")
    with DuckDBStore(place / "all.duckdb", writable=True) as store:
        report = Report(is_quiet=True)
        gathering = Gathering(store, report)
        reader = RecordedFiles(gathering, report)
        for label in sorted(place.glob("recorded/*/*/label.json")):
            for file in sorted(set(label.parent.iterdir()) - {label}):
                reader.read(file)
        gathering.finish()
        yield store
