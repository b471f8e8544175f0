"""A body whose rows were being committed when the collector was killed counts once after its retry.

More rows than one row group, of which the rest waits for company: the kill comes when the first of them can be read.
"""

import signal
import threading
import time
from collections.abc import Callable

import pytest

from culpa.collector.decode import Signal
from culpa.store import DuckDBStore
from culpa.store.attached import ROW_GROUP_ROWS

from .conftest import Running
from .payload import logs, metrics, traces

_COUNT = ROW_GROUP_ROWS + 3000
_HEADERS = {"Content-Type": "application/x-protobuf"}
#: So long the rest of a body would wait for a whole row group.
_LINGER = ("--linger-s", "2")


def _equal_logs(count: int) -> bytes:
    """Return log records of which each five are the same."""
    request = logs(count)
    records = request.resource_logs[0].scope_logs[0].log_records
    for at, record in enumerate(records):
        record.CopyFrom(records[at - at % 5])
    return request.SerializeToString()


def _failed_traces(count: int) -> bytes:
    request = traces(1, count)
    for span in request.resource_spans[0].scope_spans[0].spans[::100]:
        event = span.events.add(name="exception")
        for key, text in (("exception.type", "KeyError"), ("exception.message", span.name)):
            attribute = event.attributes.add(key=key)
            attribute.value.string_value = text
    return request.SerializeToString()


def _send(running: Running, kind: Signal, body: bytes) -> int:
    try:
        return running.request(f"/v1/{kind}", body, _HEADERS)[0].status
    except OSError:
        return 0


@pytest.mark.parametrize(
    ("kind", "relation", "body", "expected"),
    [
        ("metrics", "metric_points", metrics(_COUNT).SerializeToString(), {"metric_points": _COUNT}),
        ("logs", "logs", _equal_logs(_COUNT), {"logs": _COUNT}),
        (
            "traces",
            "spans",
            _failed_traces(_COUNT),
            {"spans": _COUNT, "exceptions": -(-_COUNT // 100), "data.resources": 1},
        ),
    ],
)
def test_a_retry_after_a_kill_between_two_commits_counts_once(
    collect: Callable[..., Running], kind: Signal, relation: str, body: bytes, expected: dict[str, int]
) -> None:
    """The sender never heard an answer, and sends the same body to the next process."""
    running = collect(*_LINGER)
    sender = threading.Thread(target=_send, args=(running, kind, body))
    sender.start()
    give_up_at = time.monotonic() + 60
    while not (stored := running.count(relation)):
        assert time.monotonic() < give_up_at
    running.stop(signal.SIGKILL)
    sender.join()
    assert stored in (ROW_GROUP_ROWS, _COUNT)
    again = collect(store=running.store)
    assert 200 == _send(again, kind, body)
    assert 200 == _send(again, kind, body)
    assert 0 == again.stop()
    with DuckDBStore(running.store) as store:
        found = {
            name: store.query(f"select count(*) as n from {name.replace('data.', 'segment.data.')}").to_pylist()[0]["n"]
            for name in expected
        }
    assert expected == found
