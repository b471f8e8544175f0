"""What a service tells about a server that speaks MongoDB's protocol and fails in MongoDB's ways."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest

pytest.importorskip("secantus", reason="the server that speaks MongoDB's protocol has no wheel for every Python")


@pytest.fixture(scope="module")
def mongodb(tmp_path_factory: pytest.TempPathFactory, free_port: Any) -> Iterator[int]:
    """Start a server that fails on demand, with one user and one document; return its port."""
    folder, port = tmp_path_factory.mktemp("mongodb"), free_port()
    command = [str(Path(sys.executable).parent / "secantusd-py"), "--storage-path", ":memory:", "--port", str(port)]
    with (folder / "output").open("wb") as output:
        server = subprocess.Popen(
            [*command, "--enable-test-commands", "--standalone", "--cache-size", "64M"],
            stdout=output,
            stderr=output,
            cwd=folder,
        )
    try:
        with pymongo.MongoClient("127.0.0.1", port, serverSelectionTimeoutMS=20_000) as client:
            client.admin.command("createUser", "shop", pwd="open", roles=["readWriteAnyDatabase"])
            client.shop.items.insert_one({"_id": "tea", "name": "green"})
        yield port
    finally:
        server.kill()  # Nothing of it is kept, and asked to end it may wait for its clients.
        server.wait()


@pytest.fixture(scope="module")
def server(sink: Any, serve: Any, culpa_run: Any, free_port: Any, mongodb: int) -> Any:
    """Run the service on it."""
    port = free_port()
    command = culpa_run(sink.url, "uvicorn", "mongo_shop:app", "--port", str(port), "--log-level", "warning")
    return serve(command, port, {"MONGO_PORT": str(mongodb)})


def command(seen: Any, name: str = "find") -> Any:
    """Return the span of the command that matters."""
    (found,) = [span for span in seen.others if span.name.endswith(f".{name}")]
    return found


@pytest.mark.parametrize(
    ("path", "name", "code", "kind"),
    [
        ("/refused", "find", "2", "BadValue"),
        ("/fails/50", "find", "50", "MaxTimeMSExpired"),
        ("/fails/11600", "find", "11600", "InterruptedAtShutdown"),
        ("/password", "saslContinue", "18", "AuthenticationFailed"),
        ("/password-async", "saslContinue", "18", "AuthenticationFailed"),
        ("/duplicate", "insert", "11000", "11000"),
        ("/duplicate-many", "insert", "11000", "11000"),
    ],
)
def test_a_refused_command_tells_mongodbs_code(
    ask: Any, mongodb: int, path: str, name: str, code: str, kind: str
) -> None:
    """On the command's span and on the request's exception; also where the command is `ok` and its write is not."""
    seen = ask(path)
    span = command(seen, name)
    told = span.attributes
    assert (500, True, code, kind) == (seen.status, span.error, told["db.response.status_code"], told["error.type"])
    assert ("mongodb", "127.0.0.1", mongodb) == (told["db.system.name"], told["server.address"], told["server.port"])
    assert code == seen.entry.exceptions[0]["db.response.status_code"]


@pytest.mark.parametrize(
    ("path", "kind"), [("/closed", "pymongo.errors.AutoReconnect"), ("/late", "pymongo.errors.NetworkTimeout")]
)
def test_a_connection_that_breaks_tells_the_drivers_exception(ask: Any, path: str, kind: str) -> None:
    """No answer has a code; the instrumentation alone would say UnknownError."""
    span = command(ask(path))
    assert (True, kind) == (span.error, span.attributes["error.type"])


def test_a_pool_that_runs_out_is_a_span_of_its_own(ask: Any) -> None:
    """Told apart from the server, which has answered all the while; the driver tries twice."""
    checkouts = [span for span in ask("/pool").others if span.name == "pool.checkout"]
    assert {("pool_timeout", 1, 1)} == {
        (one.attributes["error.type"], one.attributes["pool.size"], one.attributes["pool.checked_out"])
        for one in checkouts
    }


def test_what_goes_well_is_no_failure(ask: Any) -> None:
    """A search, and a write that the program can do without."""
    assert [False] == [span.error for span in ask("/found").others]
    survived = ask("/duplicate/caught")
    assert (200, False, []) == (survived.status, survived.entry.error, survived.entry.exceptions)


def test_no_value_is_sent_and_none_of_the_hooks_complains(ask: Any, server: Any, sink: Any) -> None:
    """Neither documents nor passwords; not a line of ours."""
    ask("/duplicate")
    ask("/password")
    assert [] == [span for span in sink.spans if "jane" in str(span) or "hush" in str(span)]
    assert "culpa:" not in server.output
