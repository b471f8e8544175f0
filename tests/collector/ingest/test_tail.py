"""Real files that grow, rotate and are emptied while they are followed; a real store gets their lines."""

import logging
import shutil
import time
from concurrent.futures import Future

import pytest

from culpa.collector.tail import Tailer, parse_entry, purge_positions, read_positions
from culpa.store import StoreUnavailable

from .followed import POLL_S, Followed, line


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


def test_a_log_that_is_rotated_in_the_middle_of_a_line_loses_neither_half(followed) -> None:
    """Renamed: the server ends the line in the old file, which still is the same file."""
    followed.start()
    half = len(line("cut")) // 2
    followed.write("a")
    followed.wait_for(1)
    old = followed.log.open("a")
    old.write(line("cut")[:half])
    old.flush()
    time.sleep(4 * POLL_S)
    followed.log.rename(followed.log.with_name("access.log.1"))
    followed.write("b")
    followed.wait_for(2)
    old.write(line("cut")[half:] + "\n")
    old.close()
    assert ["/a", "/b", "/cut"] == followed.wait_for(3)


def test_a_line_that_a_copy_tears_apart_is_counted_and_the_next_one_is_whole(followed, caplog) -> None:
    """Copied and emptied: the line's first half stands in the copy, its end at the start of the file that began anew."""
    followed.start()
    half = len(line("torn")) // 2
    with caplog.at_level(logging.WARNING, "culpa.collector"):
        followed.write("a")
        followed.wait_for(1)
        with followed.log.open("a") as file:
            file.write(line("torn")[:half])
            file.flush()
            time.sleep(4 * POLL_S)
            shutil.copy(followed.log, followed.log.with_name("access.log.1"))
            file.truncate(0)
            file.write(line("torn")[half:] + "\n" + line("b") + "\n")
        assert ["/a", "/b"] == followed.wait_for(2)
    assert 1 <= followed.tailer.unreadable[str(followed.log)] <= 2
    assert 1 == sum("such lines are counted" in record.message for record in caplog.records)


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
