"""Real files that grow, rotate and are emptied while they are followed; a real store gets their lines."""

import logging
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from culpa.collector.tail import Tailer, parse_entry, purge_positions, read_positions
from culpa.collector.writer import Writer
from culpa.store import DuckDBStore, StoreUnavailable

POLL_S = 0.02


class Followed:
    """A log, a store and the tailer between them, which may be stopped and started."""

    def __init__(self, folder: Path, entry: str = "nginx_access") -> None:
        self.log = folder / "access.log"
        self.entry = f"{entry}={self.log}"
        self.store = DuckDBStore(folder / "store.duckdb", writable=True)
        self.writer = Writer(self.store, linger_s=0.005)
        self.tailer: Tailer | None = None
        self.submitted: list[dict[str, int]] = []

    def start(self) -> None:
        """Go on where the store says."""
        self.tailer = Tailer([self.entry], self.submit, positions=read_positions(self.store), poll_s=POLL_S)
        self.tailer.start()

    def submit(self, tables, suspects) -> Future[None]:
        """Hand rows to the writer and note how many."""
        self.submitted.append({relation: table.num_rows for relation, table in tables.items()})
        return self.writer.submit(tables, suspects)

    def stop(self) -> None:
        """Stop the tailer, not the writer."""
        if self.tailer:
            self.tailer.stop()

    def paths(self, relation: str = "access", column: str = "url_path") -> list[str]:
        """Return a column of what is stored, in the order of its coming."""
        found = self.store.query(f'select {column} as found from segment.data."{relation}" order by rowid')
        return [row["found"] for row in found.to_pylist()]

    def wait_for(self, count: int, relation: str = "access", column: str = "url_path") -> list[str]:
        """Wait for so many rows and return them, with those too many."""
        deadline = time.monotonic() + 10
        while len(self.paths(relation, column)) < count and time.monotonic() < deadline:
            time.sleep(POLL_S)
        # Whatever comes too often comes within the next polls.
        time.sleep(4 * POLL_S)
        return self.paths(relation, column)

    def write(self, *names: str, end: str = "\n") -> None:
        """Append a line for each name."""
        with self.log.open("a") as file:
            file.write("\n".join(map(line, names)) + end)


def line(name: str) -> str:
    return f'{{"ts":"1795334722.820","connection":1,"request_uri":"/{name}","status":500}}'


@pytest.fixture
def followed(tmp_path) -> Iterator[Followed]:
    it = Followed(tmp_path)
    yield it
    it.stop()
    it.writer.close()
    it.store.close()


def test_lines_are_stored_as_they_are_written_and_a_half_one_waits_for_its_end(followed) -> None:
    """A file that is not there yet is awaited; what stands in it is read from its first line."""
    followed.start()
    time.sleep(3 * POLL_S)
    followed.write("a", "b")
    assert ["/a", "/b"] == followed.wait_for(2)
    followed.write("c", end="")
    time.sleep(10 * POLL_S)
    assert ["/a", "/b"] == followed.paths()
    with followed.log.open("a") as file:
        file.write("\n")
    assert ["/a", "/b", "/c"] == followed.wait_for(3)


def test_a_renamed_log_is_read_to_its_end_and_the_new_one_from_its_start(followed) -> None:
    """A server writes on to the old file until it opens the new one."""
    followed.start()
    followed.write("a")
    followed.wait_for(1)
    old = followed.log.open("a")
    followed.log.rename(followed.log.with_name("access.log.1"))
    old.write(line("late-1") + "\n")
    old.flush()
    assert ["/a", "/late-1"] == followed.wait_for(2)
    followed.write("b")
    followed.wait_for(3)
    old.write(line("late-2") + "\n")
    old.close()
    assert ["/a", "/late-1", "/b", "/late-2"] == followed.wait_for(4)


def test_an_emptied_log_is_read_from_its_start_even_if_it_has_outgrown_the_old_one(followed) -> None:
    """Logrotate's copytruncate keeps the file: its first bytes tell that it began anew."""
    followed.start()
    followed.write("a", "b")
    followed.wait_for(2)
    shutil.copy(followed.log, followed.log.with_name("access.log.1"))
    with followed.log.open("r+") as file:
        file.truncate()
        file.write("\n".join(map(line, ["c", "d", "e", "f"])) + "\n")
    assert ["/a", "/b", "/c", "/d", "/e", "/f"] == followed.wait_for(6)


def test_lines_written_just_before_a_log_is_copied_and_emptied_are_found_in_the_copy(followed) -> None:
    """The poll need not be faster than logrotate."""
    followed.start()
    followed.write("a")
    followed.wait_for(1)
    followed.tailer._poll_s = 0.5  # the lines below come between two polls
    time.sleep(4 * POLL_S)
    followed.write("b")
    shutil.copy(followed.log, followed.log.with_name("access.log.1"))
    with followed.log.open("r+") as file:
        file.truncate()
    followed.write("c")
    assert ["/a", "/b", "/c"] == sorted(followed.wait_for(3))


@pytest.mark.parametrize("rotation", ["none", "renamed", "renamed twice", "copied"])
def test_a_restart_loses_and_repeats_nothing(followed, rotation) -> None:
    """What was written while nobody followed is read at the next start, wherever rotation put it."""
    followed.start()
    followed.write("a", "b")
    followed.wait_for(2)
    followed.stop()
    followed.write("c")
    one, two = followed.log.with_name("access.log.1"), followed.log.with_name("access.log.2")
    if rotation == "copied":
        shutil.copy(followed.log, one)
        followed.log.write_text("")
    elif rotation != "none":
        followed.log.rename(one)
    followed.write("d")
    if rotation == "renamed twice":
        time.sleep(0.01)
        one.rename(two)
        followed.log.rename(one)
        followed.write("e")
    followed.submitted.clear()
    followed.start()
    expected = ["/a", "/b", "/c", "/d", *(["/e"] if rotation == "renamed twice" else [])]
    assert expected == sorted(followed.wait_for(len(expected)))
    # Not only dropped as repeats by the writer: they were not read again.
    assert len(expected) - 2 == sum(each.get("access", 0) for each in followed.submitted)


def test_a_position_is_in_the_transaction_of_its_lines(followed) -> None:
    """A commit that fails takes neither; when the store works again both are there, once."""
    followed.write("a", "b")
    refused = []

    def submit(tables, suspects) -> Future[None]:
        if len(refused) < 2:
            refused.append(tables)
            failed: Future[None] = Future()
            failed.set_exception(StoreUnavailable("not now; try again"))
            return failed
        return followed.writer.submit(tables, suspects)

    followed.tailer = Tailer([followed.entry], submit, poll_s=POLL_S)
    followed.tailer.start()
    assert ["/a", "/b"] == followed.wait_for(2)
    assert [{"access", "tail_positions"}] * 2 == [set(tables) for tables in refused]
    assert [followed.log.stat().st_size] == [position.offset for position in read_positions(followed.store)]


def test_two_equal_lines_are_two_rows(followed) -> None:
    """Their places in the file tell them apart."""
    followed.start()
    followed.write("a", "a", "a")
    assert ["/a"] * 3 == followed.wait_for(3)


def test_suspects_of_the_lines_go_with_them(followed) -> None:
    """The settler hears of a 5xx by its access line alone."""
    heard = []

    def submit(tables, suspects) -> Future[None]:
        heard.append(suspects)
        return followed.writer.submit(tables, suspects)

    followed.tailer = Tailer([followed.entry], submit, poll_s=POLL_S)
    followed.tailer.start()
    followed.write("a")
    followed.wait_for(1)
    assert set(followed.paths(column="trace_id")) == set().union(*heard)


def test_a_file_in_another_format_is_told_of_once_and_counted(followed, caplog) -> None:
    """Its unreadable lines do not keep the readable ones out."""
    with caplog.at_level(logging.WARNING, "culpa.collector"):
        followed.log.write_text("no\nsuch\nformat\n" + line("a") + "\n" + "x" * 3_000_000 + "\n" + line("b") + "\n")
        followed.start()
        assert ["/a", "/b"] == followed.wait_for(2)
    assert 1 == sum(str(followed.log) in record.message for record in caplog.records)
    assert 5 == followed.tailer.unreadable[str(followed.log)]


def test_a_record_of_several_lines_is_whole_before_it_is_stored(tmp_path) -> None:
    """The last one is held back until nobody writes any more."""
    followed = Followed(tmp_path, "nginx_error")
    try:
        followed.start()
        with followed.log.open("a") as file:
            file.write("2026/11/22 08:05:33 [error] 7#7: *1 js exception: Error: boom\n")
            file.flush()
            file.write("    at boom (x.js:3)\n")
        assert ["js exception: Error: boom\n    at boom (x.js:3)"] == followed.wait_for(1, "logs", "body")
        with followed.log.open("a") as file:
            file.write("2026/11/22 08:05:34 [notice] 7#7: a\n2026/11/22 08:05:34 [notice] 7#7: b\n")
        assert ["a", "b"] == followed.wait_for(3, "logs", "body")[1:]
    finally:
        followed.stop()
        followed.writer.close()
        followed.store.close()


def test_what_is_no_file_is_told_of_once_and_awaited(followed, caplog) -> None:
    """A folder where a log should be does not fill culpa's own log, nor end the following."""
    followed.log.mkdir()
    with caplog.at_level(logging.WARNING, "culpa.collector"):
        followed.start()
        time.sleep(10 * POLL_S)
    assert [f"cannot follow {followed.log}: it is not a regular file; it is tried again"] == caplog.messages
    followed.log.rmdir()
    followed.write("a")
    assert ["/a"] == followed.wait_for(1)


def test_following_an_idle_log_costs_next_to_nothing(followed) -> None:
    """At its usual pace the thread uses well under a hundredth of a core."""
    followed.write("a")
    followed.tailer = Tailer([followed.entry], followed.writer.submit)
    followed.tailer.start()
    followed.wait_for(1)
    time.sleep(0.6)
    count = len(followed.paths("tail_positions", "path"))
    before = time.process_time()
    time.sleep(1.5)
    assert time.process_time() - before < 0.1
    assert count == len(followed.paths("tail_positions", "path"))


def test_old_positions_are_purged_and_the_newest_stays(followed) -> None:
    """The relation does not grow with every commit for ever."""
    followed.start()
    for name in "abc":
        followed.write(name)
        followed.wait_for(ord(name) - ord("a") + 1)
    assert 3 == len(followed.paths("tail_positions", "path"))
    newest = read_positions(followed.store)
    with followed.store.transaction() as cursor:
        purge_positions(cursor)
    assert 1 == len(followed.paths("tail_positions", "path"))
    assert newest == read_positions(followed.store)


@pytest.mark.parametrize("entry", ["", "access.log", "nginx_access=", "=/var/log/x", "nope=/var/log/x"])
def test_an_entry_that_names_no_log_is_refused_with_what_to_write(entry) -> None:
    """The command that was given it can pass the sentence on."""
    with pytest.raises(ValueError, match=r"format=/path/of/the\.log|known:"):
        parse_entry(entry)
