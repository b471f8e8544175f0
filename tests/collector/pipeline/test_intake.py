"""Bodies are decoded in groups, and none of a group pays for another."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from culpa.collector.decode import Malformed
from culpa.collector.intake import Intake
from culpa.collector.intake.uploads import Busy
from culpa.collector.writer import Writer
from culpa.collector.writer.receipt import Receipt
from culpa.store import DuckDBStore

from .conftest import Running
from .payload import logs, traces


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(tmp_path / "one.duckdb", writable=True, threads=1) as opened:
        yield opened


def _count(store: DuckDBStore, relation: str = "spans") -> int:
    return int(store.query(f"select count(*) as n from {relation}").to_pylist()[0]["n"])


def test_one_bad_body_of_a_group_costs_the_others_nothing(store: DuckDBStore) -> None:
    """The group is taken apart, and each sender gets the answer to its own body."""
    writer = Writer(store)
    intake = Intake(writer, 10**8)
    good = [intake.submit("traces", traces(first, 100).SerializeToString()) for first in range(1, 1001, 100)]
    bad = [intake.submit("traces", b"\xff" * size) for size in range(3, 9)]
    partial = intake.submit("traces", traces(2001, 10, bad_ids=4).SerializeToString())
    other = intake.submit("logs", logs(7).SerializeToString())
    assert [Receipt()] * 10 == [answer.result(60) for answer in good]
    for answer in bad:
        with pytest.raises(Malformed):
            answer.result(60)
    assert 4 == partial.result(60).rejected
    assert Receipt() == other.result(60)
    # What can be read of the four bad spans is kept as log records.
    assert (1006, 7 + 4) == (_count(store), _count(store, "logs"))
    intake.close()
    writer.close()


def test_the_same_body_at_the_same_time_is_stored_once(store: DuckDBStore) -> None:
    """A sender that retries before the first answer is there waits for the same commit."""
    writer = Writer(store, linger_s=0.2)
    intake = Intake(writer, 10**8)
    body = traces(1, 50).SerializeToString()
    answers = [intake.submit("traces", body) for _ in range(5)]
    assert [Receipt()] * 5 == [answer.result(60) for answer in answers]
    assert 50 == _count(store)
    intake.close()
    writer.close()


def test_a_body_that_was_refused_may_be_sent_again(store: DuckDBStore) -> None:
    """Its digest is not remembered."""
    writer = Writer(store)
    intake = Intake(writer, 10**8)
    for _ in range(2):
        with pytest.raises(Malformed):
            intake.submit("traces", b"\xff\xff\xff").result(60)
    intake.close()
    writer.close()


def test_a_full_queue_takes_no_more(store: DuckDBStore) -> None:
    """Until what it holds is durable."""
    writer = Writer(store, linger_s=0.5)
    intake = Intake(writer, 100)
    first = intake.submit("traces", traces(1, 50).SerializeToString())
    with pytest.raises(Busy):
        intake.submit("traces", traces(51, 50).SerializeToString())
    first.result(60)
    intake.submit("traces", traces(51, 50).SerializeToString()).result(60)
    assert 100 == _count(store)
    intake.close()
    writer.close()


def test_a_sender_is_told_when_to_come_back(collect: Callable[..., Running]) -> None:
    """429 with Retry-After when the queue stays full longer than a sender is made to wait."""
    running = collect("--queue-bytes", "100", "--queue-wait-s", "0.1", "--linger-s", "3")
    accepted: list[int] = []
    first = threading.Thread(target=lambda: accepted.append(running.export(traces(1, 50).SerializeToString())[0]))
    first.start()
    time.sleep(0.5)
    answer, _ = running.request(
        "/v1/traces", traces(51, 50).SerializeToString(), {"Content-Type": "application/x-protobuf"}
    )
    first.join()
    assert ([200], 429, "2") == (accepted, answer.status, answer.getheader("retry-after"))
    assert 200 == running.export(traces(51, 50).SerializeToString())[0]
