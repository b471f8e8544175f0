"""Rotation at bad moments, and files that are no logs: no line is lost, and nothing is read again and again."""

import gzip
import logging
import os
import shutil
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from culpa.collector.tail.siblings import unread

from .followed import POLL_S, Followed, line


def _read_again(followed: Followed) -> int:
    return sum(each.get("access", 0) for each in followed.submitted)


def _rotate(followed: Followed, *, copy: bool = False) -> None:
    """Move every file on by one, as logrotate does."""
    for number in range(8, 0, -1):
        old = followed.log.with_name(f"access.log.{number}")
        if old.exists():
            old.rename(followed.log.with_name(f"access.log.{number + 1}"))
    first = followed.log.with_name("access.log.1")
    if copy:
        shutil.copy(followed.log, first)
        followed.log.write_text("")
    else:
        followed.log.rename(first)
    time.sleep(0.01)


@pytest.mark.parametrize("copy", [False, True])
def test_a_restart_reads_no_rotated_file_again(followed, copy) -> None:
    """Each of them has its own position."""
    followed.start()
    expected = []
    for name in "abcde":
        followed.write(name)
        expected.append(f"/{name}")
        assert expected == followed.wait_for(len(expected))
        _rotate(followed, copy=copy)
        followed.write(f"{name}2")
        expected.append(f"/{name}2")
        followed.wait_for(len(expected))
    followed.stop()
    followed.submitted.clear()
    followed.start()
    followed.write("new")
    assert [*expected, "/new"] == followed.wait_for(len(expected) + 1)
    assert 1 == _read_again(followed)
    followed.stop()


def test_a_log_that_was_rotated_before_its_first_line_was_stored_is_read(followed) -> None:
    """It was seen, and that was kept."""
    followed.log.write_text("")
    followed.start()
    time.sleep(5 * POLL_S)
    followed.stop()
    followed.write("a", "b")
    _rotate(followed)
    followed.write("c")
    followed.start()
    assert ["/a", "/b", "/c"] == sorted(followed.wait_for(3))


def test_a_log_that_was_rotated_while_the_store_took_nothing_is_read(followed) -> None:
    """Its first lines were under way when the process ended."""
    real, waiting = followed.submit, []

    def submit(tables, suspects) -> Future[None]:
        if "access" not in tables:
            return real(tables, suspects)
        waiting.append(Future())
        return waiting[-1]

    # The file is seen while it holds half a line.
    followed.log.write_text(line("a")[:70])
    followed.submit = submit
    followed.start()
    time.sleep(5 * POLL_S)
    with followed.log.open("a") as file:
        file.write(line("a")[70:] + "\n")
    while not waiting:
        time.sleep(POLL_S)
    # As a process that is killed: its thread waits for ever.
    followed.tailer, followed.submit = None, real
    _rotate(followed)
    followed.write("c")
    followed.start()
    assert ["/a", "/c"] == sorted(followed.wait_for(2))


def test_two_rotations_between_two_looks_lose_nothing(followed) -> None:
    """The thread may have waited for the store meanwhile."""
    followed.start()
    followed.write("a")
    followed.wait_for(1)
    followed.tailer._poll_s = 1.0
    time.sleep(4 * POLL_S)
    for name in ("b", "c", "d"):
        time.sleep(0.01)
        _rotate(followed)
        followed.write(name)
    assert ["/a", "/b", "/c", "/d"] == sorted(followed.wait_for(4))
    time.sleep(1.2)
    assert 4 == len(followed.paths())


def test_a_log_by_a_link_finds_its_rotated_files_where_they_lie(followed, tmp_path) -> None:
    """Those of the target's name, and those that cronolog leaves under a name of their own."""
    real = tmp_path / "elsewhere"
    real.mkdir()
    target = real / "access.log"
    followed.log.symlink_to(target)
    followed.start()
    followed.write("a")
    followed.wait_for(1)
    followed.stop()
    followed.write("b")
    target.rename(real / "2026-11-24.txt")
    followed.write("c")
    followed.start()
    assert ["/a", "/b", "/c"] == sorted(followed.wait_for(3))


def test_names_that_no_rotation_makes_and_links_are_left_alone(followed, tmp_path) -> None:
    """A link beside a log could have any file read by whoever may read all of them."""
    followed.start()
    followed.write("a")
    followed.wait_for(1)
    followed.stop()
    secret = tmp_path / "secret"
    secret.write_text(line("secret") + "\n")
    _rotate(followed)
    followed.log.with_name("access.log.9").symlink_to(secret)
    for name in (
        "access.log.json",
        "access.log-\x1b[2J1",
        "access.log.1\n2",
        "access.log.$(id)1",
        "access.log." + "1" * 200,
    ):
        followed.log.with_name(name).write_text(line("stranger") + "\n")
    os.mkfifo(followed.log.with_name("access.log.3"))
    followed.log.with_name("access.log.4").mkdir()
    (followed.log.with_name("access.log.5.gz")).write_bytes(gzip.compress(line("packed").encode() + b"\n"))
    followed.write("b")
    followed.start()
    assert ["/a", "/b"] == followed.wait_for(2)


@pytest.mark.parametrize("what", ["fifo", "directory", "device", "loop"])
def test_what_is_no_file_is_said_once_and_stops_nobody(followed, what, caplog) -> None:
    """And when it is a file at last, it is followed."""
    if what == "fifo":
        os.mkfifo(followed.log)
    elif what == "directory":
        followed.log.mkdir()
    else:
        followed.log.symlink_to("/dev/zero" if what == "device" else followed.log)
    with caplog.at_level(logging.WARNING, "culpa.collector"):
        followed.start()
        time.sleep(10 * POLL_S)
    assert 1 == sum("cannot follow" in record.message for record in caplog.records)
    followed.log.rmdir() if what == "directory" else followed.log.unlink()
    followed.write("a")
    assert ["/a"] == followed.wait_for(1)


def test_a_hole_of_ten_gigabytes_is_passed_over(followed) -> None:
    """A server that writes on at its old place in a file that was emptied leaves one."""
    with followed.log.open("wb") as file:
        file.seek(10 * 2**30 + 77)
        file.write((line("a") + "\n").encode())
    began = time.process_time()
    followed.start()
    assert ["/a"] == followed.wait_for(1)
    followed.write("b")
    assert ["/a", "/b"] == followed.wait_for(2)
    assert time.process_time() - began < 3


def test_a_large_file_that_loses_its_end_again_and_again_is_not_read_again(followed) -> None:
    """It goes on from its new end, also after a restart."""
    text = "".join(line(f"{number:05}") + "\n" for number in range(20_000))
    followed.log.write_text(text)
    followed.start()
    deadline = time.monotonic() + 60
    while len(followed.paths()) < 20_000 and time.monotonic() < deadline:
        time.sleep(0.1)
    followed.submitted.clear()
    for number in range(3):
        os.truncate(followed.log, followed.log.stat().st_size - 5_000)
        time.sleep(5 * POLL_S)
        if number == 1:
            followed.stop()
            os.truncate(followed.log, followed.log.stat().st_size - 5_000)
            followed.start()
            time.sleep(5 * POLL_S)
    followed.write("", "last")
    deadline = time.monotonic() + 10
    while "/last" not in followed.paths() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "/last" in followed.paths()
    assert _read_again(followed) < 10


def test_a_hundred_megabytes_without_a_line_end_cost_no_memory_and_the_next_line_is_read(followed) -> None:
    """One line that was cut, counted once."""
    with followed.log.open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b"\n")
    followed.write("after")
    followed.start()
    deadline = time.monotonic() + 30
    while not followed.paths() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ["/after"] == followed.wait_for(1)


def test_a_folder_full_of_names_is_looked_at_within_bounds(tmp_path: Path) -> None:
    """Thousands of files that are named like rotated ones."""
    for number in range(3_000):
        (tmp_path / f"access.log.{number}").write_text("x\n")
    began = time.monotonic()
    assert [] == unread(tmp_path / "access.log", [], is_current_known=False)
    assert time.monotonic() - began < 2
