"""A real Alertmanager: it holds one alert for as long as it is told of it, and passes its begin and its end on."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from culpa.alarms.channels import make_channel
from culpa.alarms.deliver import Deliverer
from culpa.alarms.episode import Event, State, episode_of
from culpa.alarms.outbox import Outbox
from culpa.alarms.rules import Rules
from culpa.store import DuckDBStore

from .conftest import Receiver, wait_for
from .shelf import Shelf

S = 10**9
CONFIG = """
route: {receiver: hook, group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: "%s", send_resolved: true}]}]
"""
DETAILS = {
    "kind": "new",
    "fingerprint": "1:00000000000000aa",
    "component": "postgresql://db:5432/shop",
    "cause": "database.deadlock",
    "sentence": "postgresql://db:5432/shop ended the statement to break a deadlock, so shop answered 500.",
    "first_action": "Retry once.",
}


@pytest.fixture
def alertmanager(tmp_path: Path, receiver: Receiver) -> Iterator[str]:
    """Run a real Alertmanager that passes on to the receiver; give its address."""
    program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if not program:
        pytest.skip("no Alertmanager is installed; Debian has prometheus-alertmanager")
    (tmp_path / "am.yml").write_text(CONFIG % receiver.url)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command_line = [program, f"--config.file={tmp_path}/am.yml", f"--storage.path={tmp_path}/data"]
    command_line += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    with (tmp_path / "am.log").open("wb") as log:
        process = subprocess.Popen(command_line, stdout=log, stderr=log, env=os.environ)
    wait_for(lambda: _is_ready(port), within_s=60)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(30)


def _is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _alerts(url: str) -> list[dict[str, Any]]:
    with urlopen(f"{url}/api/v2/alerts", timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)
        return found


def _event(state: State, opened_ns: int) -> Event:
    subject = "1:00000000000000aa"
    name = episode_of("new", subject, opened_ns)
    return Event(name, "new", subject, state, opened_ns, time.time_ns(), ("am",), "the database", DETAILS)


def test_it_is_told_again_while_it_goes_on_also_by_a_collector_that_was_killed_and_of_the_end(
    alertmanager: str, receiver: Receiver, tmp_path: Path
) -> None:
    """Whom it passes on to hears of one begin and one end: said again, it is the same alert, with a later end."""
    channel = make_channel("am", {"kind": "alertmanager", "url": alertmanager, "allow_private": True})
    shelf = Shelf(DuckDBStore(tmp_path / "store.duckdb", writable=True))
    rules = Rules((), {"am": channel}, base="https://culpa.example")
    opened_ns = time.time_ns() // S * S - 60 * S

    def begin(now_ns: int) -> tuple[Outbox, Deliverer]:
        """Begin as a collector does that starts."""
        outbox = Outbox(shelf)
        outbox.load(now_ns)
        return outbox, Deliverer(outbox, rules)

    def tell(outbox: Outbox, event: Event) -> None:
        outbox.standing.note(event)
        outbox.keep([event])

    outbox, deliverer = begin(time.time_ns())
    tell(outbox, _event("firing", opened_ns))
    deliverer.deliver(time.time_ns())
    [first] = _alerts(alertmanager)
    assert ("culpa new", "database.deadlock", "active") == (
        first["labels"]["alertname"], first["labels"]["cause"], first["status"]["state"],
    )  # fmt: skip
    assert "https://culpa.example/problems/1:00000000000000aa" == first["generatorURL"]
    assert DETAILS["sentence"] in first["annotations"]["description"]
    deliverer.deliver(time.time_ns() + 62 * S)
    [second] = _alerts(alertmanager)
    _, killed = begin(time.time_ns() + 124 * S)
    killed.deliver(time.time_ns() + 124 * S)
    [third] = _alerts(alertmanager)
    assert first["startsAt"] == second["startsAt"] == third["startsAt"]
    assert first["endsAt"] < second["endsAt"] < third["endsAt"]
    outbox, deliverer = begin(time.time_ns())
    tell(outbox, _event("resolved", opened_ns))
    deliverer.deliver(time.time_ns())
    wait_for(lambda: not _alerts(alertmanager), within_s=10)
    wait_for(lambda: len(receiver.got) == 2, within_s=10)
    assert ["firing", "resolved"] == [passed["status"] for _, passed in receiver.got]
    shelf.close()
