"""What is in the outbox of a real store reaches a real receiver: in order, within the budget, once across restarts."""

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from culpa.alarms.channels import make_channel
from culpa.alarms.deliver import Deliverer
from culpa.alarms.episode import Event, State, episode_of
from culpa.alarms.outbox import Outbox, pause_ns
from culpa.alarms.rules import Rules
from culpa.store import DuckDBStore

from .conftest import Receiver
from .shelf import Shelf

S = 10**9
NOW = 1_795_176_030 * S


class Post:
    """An outbox, and who delivers it."""

    def __init__(self, shelf: Shelf, receiver: Receiver, now_ns: int = NOW, budget: int = 20) -> None:
        """Begin as a collector does that starts."""
        table = {"kind": "webhook", "url": receiver.url, "allow_private": True}
        rules = Rules((), {"hook": make_channel("hook", table)}, hourly_budget=budget)
        self.outbox = Outbox(shelf)
        self.outbox.load(now_ns)
        self.deliverer = Deliverer(self.outbox, rules)

    def tell(self, *events: Event) -> None:
        """Keep events as the companion does."""
        for event in events:
            self.outbox.standing.note(event)
        self.outbox.keep(events)


def event(number: int, state: State = "firing", at_s: float = 0, channels: tuple[str, ...] = ("hook",)) -> Event:
    """Return an event of one problem."""
    subject = f"1:{number:016x}"
    opened_ns = NOW - 60 * S
    name = episode_of("new", subject, opened_ns)
    details = {"cause": "app.exception", "component": "shop"}
    return Event(name, "new", subject, state, opened_ns, NOW + int(at_s * S), channels, f"shop {number}", details)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Give an empty store."""
    one = Shelf(DuckDBStore(tmp_path / "store.duckdb", writable=True))
    yield one
    one.close()


def _outcomes(shelf: Shelf) -> list[tuple[str, str, int]]:
    sql = "select event_id, outcome, attempt from alarm_deliveries order by time, attempt, event_id"
    return [(row["event_id"], row["outcome"], row["attempt"]) for row in shelf.query(sql).to_pylist()]


def test_what_was_sent_is_not_sent_again_by_whoever_starts_next(shelf: Shelf, receiver: Receiver) -> None:
    post = Post(shelf, receiver)
    post.tell(event(1), event(2))
    post.deliverer.deliver(NOW)
    again = Post(shelf, receiver, NOW + S)
    again.deliverer.deliver(NOW + S)
    again.tell(event(1, "resolved", 60))
    again.deliverer.deliver(NOW + 60 * S)
    Post(shelf, receiver, NOW + 61 * S).deliverer.deliver(NOW + 61 * S)
    assert [event(1).event_id, event(2).event_id, event(1, "resolved").event_id] == [
        one["event_id"] for _, one in receiver.got
    ]


def test_what_was_kept_and_not_sent_is_sent_by_whoever_starts_next(shelf: Shelf, receiver: Receiver) -> None:
    """A kill between keeping and sending loses nothing."""
    Post(shelf, receiver).tell(event(1))
    Post(shelf, receiver, NOW + S).deliverer.deliver(NOW + S)
    assert [("new", "firing")] == receiver.told()


def test_what_is_not_taken_is_tried_later_and_later_and_given_up_after_a_day(shelf: Shelf, receiver: Receiver) -> None:
    receiver.status = 503
    post = Post(shelf, receiver)
    post.tell(event(1))
    tried = []
    for second in range(0, 25 * 3600):
        before = receiver.asked
        if any(task.due_ns <= NOW + second * S for task in post.outbox.tasks):
            post.deliverer.deliver(NOW + second * S)
        if receiver.asked > before:
            tried.append(second)
    assert [0, 5, 15, 35, 75, 155, 315, 635, 1235, 1835] == tried[:10]
    assert tried[-1] <= 24 * 3600
    *failed, last = _outcomes(shelf)
    assert ({"failed"}, "given_up") == ({how for _, how, _ in failed}, last[1])
    post.tell(event(1, "resolved", 25 * 3600))
    receiver.status = 200
    post.deliverer.deliver(NOW + 25 * 3600 * S)
    assert [] == receiver.got and "given_up" == _outcomes(shelf)[-1][1]
    assert (5 * S, 5 * S, 10 * S, 600 * S, 600 * S) == tuple(pause_ns(one) for one in (0, 1, 2, 9, 999))


def test_the_pause_outlives_a_restart(shelf: Shelf, receiver: Receiver) -> None:
    receiver.status = 503
    post = Post(shelf, receiver)
    post.tell(event(1))
    for second in (0, 5, 15):
        post.deliverer.deliver(NOW + second * S)
    asked = receiver.asked
    again = Post(shelf, receiver, NOW + 20 * S)
    again.deliverer.deliver(NOW + 20 * S)
    assert asked == receiver.asked
    again.deliverer.deliver(NOW + 35 * S)
    assert asked + 1 == receiver.asked


def test_the_end_waits_for_the_begin_and_one_that_is_not_taken_holds_up_no_other(
    shelf: Shelf, receiver: Receiver
) -> None:
    receiver.status = 503
    post = Post(shelf, receiver)
    post.tell(event(1))
    post.deliverer.deliver(NOW)
    post.tell(event(1, "resolved", 1), event(2, at_s=1))
    receiver.status = 200
    post.deliverer.deliver(NOW + 2 * S)
    post.deliverer.deliver(NOW + 9 * S)
    post.deliverer.deliver(NOW + 10 * S)
    assert [event(2).event_id, event(1).event_id, event(1, "resolved").event_id] == [
        one["event_id"] for _, one in receiver.got
    ]


def test_what_comes_beside_the_budget_is_told_together(shelf: Shelf, receiver: Receiver) -> None:
    """Of what was told so nobody hears the end; an hour later there is room again."""
    post = Post(shelf, receiver, budget=3)
    post.tell(*(event(number) for number in range(5)))
    post.deliverer.deliver(NOW)
    assert ["firing", "firing", "firing", "summary"] == [state for _, state in receiver.told()]
    summary = receiver.got[-1][1]
    assert "2 more alarms" == summary["title"] and "new: shop 4" in summary["text"]
    post.tell(event(5, at_s=60), event(0, "resolved", 60), event(4, "resolved", 60))
    post.deliverer.deliver(NOW + 60 * S)
    assert [("new", "resolved")] == receiver.told()[4:]
    again = Post(shelf, receiver, NOW + 601 * S, budget=3)
    again.deliverer.deliver(NOW + 601 * S)
    assert "summary" == receiver.told()[-1][1] and "1 more alarm" == receiver.got[-1][1]["title"]
    again.tell(replace(event(7), time_ns=NOW + 3601 * S))
    again.deliverer.deliver(NOW + 3601 * S)
    assert [("new", "firing")] == receiver.told()[6:]


def test_a_store_that_takes_nothing_keeps_nobody_from_hearing_and_is_written_later(
    shelf: Shelf, receiver: Receiver
) -> None:
    """Or nobody would be told of a full disk; and what was told is not told each second."""
    post = Post(shelf, receiver)
    shelf.is_full = True
    post.tell(event(1))
    for second in range(3):
        post.deliverer.deliver(NOW + second * S)
    assert [("new", "firing")] == receiver.told()
    shelf.is_full = False
    post.outbox.save()
    assert [(event(1).event_id, "sent", 1)] == _outcomes(shelf)
    assert 1 == shelf.query("select count(*) as n from alarm_events").to_pylist()[0]["n"]


def test_a_channel_that_is_gone_from_the_rules_is_given_up(shelf: Shelf, receiver: Receiver) -> None:
    post = Post(shelf, receiver)
    post.tell(event(1, channels=("other",)))
    post.deliverer.deliver(NOW)
    assert [(event(1).event_id, "given_up", 1)] == _outcomes(shelf)


def test_no_secret_is_in_what_is_stored(shelf: Shelf, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", f"{receiver.url}/s3cr3t")
    receiver.status = 500
    post = Post(shelf, receiver)
    table = {"kind": "webhook", "url_env": "HOOK", "allow_private": True}
    post.deliverer = Deliverer(post.outbox, Rules((), {"hook": make_channel("hook", table)}))
    post.tell(event(1))
    post.deliverer.deliver(NOW)
    stored = [shelf.query(f"select * from {name}").to_pylist() for name in ("alarm_events", "alarm_deliveries")]
    assert "answered 500" in json.dumps(stored, default=str) and "s3cr3t" not in json.dumps(stored, default=str)


def test_an_alertmanager_is_told_each_minute_while_it_goes_on_and_no_budget_holds_for_it(
    shelf: Shelf, receiver: Receiver
) -> None:
    """Noted is the first time alone; after a restart it goes on."""
    table = {"kind": "alertmanager", "url": receiver.url, "allow_private": True}
    rules = Rules((), {"hook": make_channel("hook", table)}, hourly_budget=1)

    def begin(now_ns: int) -> Post:
        post = Post(shelf, receiver, now_ns)
        post.deliverer = Deliverer(post.outbox, rules)
        return post

    post = begin(NOW)
    post.tell(event(1), event(2))
    asked: list[int] = []
    for second in (0, 30, 61, 90):
        post.deliverer.deliver(NOW + second * S)
        asked.append(receiver.asked)
    assert [2, 2, 4, 4] == asked
    again = begin(NOW + 122 * S)
    again.deliverer.deliver(NOW + 122 * S)
    again.tell(event(1, "resolved", 130))
    again.deliverer.deliver(NOW + 130 * S)
    again.deliverer.deliver(NOW + 190 * S)
    assert 2 + 2 + 2 + 1 + 1 == receiver.asked
    ends = [alert["endsAt"] for _, [alert] in receiver.got]
    starts = {alert["startsAt"] for _, [alert] in receiver.got}
    assert (sorted(ends[:6]), 1) == (ends[:6], len(starts))
    assert 3 == len(_outcomes(shelf))


def test_a_channel_that_breaks_keeps_no_other_from_being_told(shelf: Shelf, receiver: Receiver) -> None:
    """Its sender is none that a mail can have; only the kind of the error is written down."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=_greet, args=(server,), daemon=True).start()
        mail = {"kind": "smtp", "host": "127.0.0.1", "port": server.getsockname()[1], "security": "none"}
        mail |= {"from": "s3cr3t\n@shop", "to": ["a@shop"], "allow_private": True}
        hook = {"kind": "webhook", "url": receiver.url, "allow_private": True}
        post = Post(shelf, receiver)
        channels = {"broken": make_channel("broken", mail), "hook": make_channel("hook", hook)}
        post.deliverer = Deliverer(post.outbox, Rules((), channels))
        post.tell(event(1, channels=("broken", "hook")))
        post.deliverer.deliver(NOW)
    assert [("new", "firing")] == receiver.told()
    [row] = shelf.query("select message from alarm_deliveries where outcome = 'failed'").to_pylist()
    assert "channel 'broken': it could not be sent (ValueError)" == row["message"]


def _greet(server: socket.socket) -> None:
    """Say what a mail server says, as far as it comes."""
    taken, _ = server.accept()
    with taken:
        taken.sendall(b"220 mail\r\n")
        while said := taken.recv(1000):
            taken.sendall(b"221 bye\r\n" if said.lower().startswith(b"quit") else b"250 fine\r\n")
