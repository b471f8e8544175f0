"""What an operator reads of a collector: dated lines, none of them twice in a minute, and a line of status on a terminal."""

import io
import json
import logging
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from culpa.collector.logbook.forms import Lines
from culpa.collector.logbook.repeats import Unrepeated
from culpa.instrumentation.cli import main

from .conftest import Running, free_port
from .payload import traces

_DATED = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO culpa\.collector: ")


def test_start_and_stop_say_what_an_operator_needs(collect: Callable[..., Running]) -> None:
    """Dated; and nothing steers a terminal where there is none."""
    running = collect("--keep-failing-days", "14", environ={"CULPA_READ_TOKEN": "read-me"})
    assert 200 == running.export(traces(1, 10).SerializeToString())[0]
    assert 0 == running.stop()
    said = running.log.read_text()
    lines = said.splitlines()
    assert all(_DATED.match(line) for line in lines), said
    for part in (
        "culpa 0.1.0: OTLP/HTTP on http://127.0.0.1:",
        f"store {running.store / 'hot.duckdb'} (",
        "healthy telemetry 3 days, failing 14 days, verdicts 400 days, at most 20.0 GiB",
        "senders need no token, readers need a token",
        "stopping: ",
        "all that was acknowledged is in ",
    ):
        assert part in said
    assert "\x1b" not in said and "\r" not in said and "spans/s" not in said


def test_json_is_an_object_a_line(collect: Callable[..., Running]) -> None:
    """With the names of OpenTelemetry; the form is one of two."""
    running = collect("--log-format", "json")
    assert 0 == running.stop()
    records = [json.loads(line) for line in running.log.read_text().splitlines()]
    names = {"timestamp", "severity_text", "severity_number", "body", "scope", "attributes"}
    assert len(records) >= 4 and all(names == set(record) for record in records)
    assert ("INFO", 9, {"name": "culpa.collector"}) == tuple(
        records[0][name] for name in ("severity_text", "severity_number", "scope")
    )
    assert 2 == main(["collect", "--log-format", "xml", "--store", str(running.store)])


def test_a_line_that_repeats_is_counted() -> None:
    """Within its time; then it is said how many more there were, and the next one is written again."""
    out = io.StringIO()
    writing = logging.StreamHandler(out)
    writing.setFormatter(Lines())
    logger = logging.Logger("culpa.collector")
    handler = Unrepeated(writing, within_s=0.5)
    logger.addHandler(handler)
    for number in range(42):
        logger.warning("the disk is %s", "full")
        if number == 20:
            logger.warning("another\x1b[2J")
    assert ["the disk is full", "another\\x1b[2J"] == _bodies(out)
    give_up_at = time.monotonic() + 10
    while len(_bodies(out)) < 3 and time.monotonic() < give_up_at:
        time.sleep(0.05)
    assert ["… and 41 more: the disk is full"] == _bodies(out)[2:]
    logger.warning("the disk is full")
    logger.warning("the disk is full")
    handler.close()
    assert ["the disk is full", "… and 1 more: the disk is full"] == _bodies(out)[3:]


def test_different_lines_are_all_written() -> None:
    """However many: what is remembered of them is bounded."""
    out = io.StringIO()
    logger = logging.Logger("culpa.collector")
    handler = Unrepeated(logging.StreamHandler(out))
    logger.addHandler(handler)
    for number in range(2000):
        logger.warning("line %d", number)
    handler.close()
    assert [f"line {number}" for number in range(2000)] == out.getvalue().splitlines()


def _bodies(out: io.StringIO) -> list[str]:
    return [line.partition("culpa.collector: ")[2] for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("flags", [[], ["--no-status"]])
def test_a_terminal_shows_how_it_is_going(tmp_path: Path, flags: list[str]) -> None:
    """One line, rewritten in place below the log, gone at the end; none if it is not wanted."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", "--store", str(tmp_path / "store"), *flags]
    ports = ["--http-port", str(free_port()), "--grpc-port", "0", "--min-free-bytes", "0"]
    with subprocess.Popen([*command, *ports], stderr=theirs, env={**os.environ, "COLUMNS": "200"}) as process:
        os.close(theirs)
        said, give_up_at, is_stopped = b"", time.monotonic() + 60, False
        while time.monotonic() < give_up_at:
            if not select.select([ours], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            said += part
            if not is_stopped and (said.count(b"spans/s") >= 3 or (flags and b"kept: " in said)):
                is_stopped = True
                process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(60)
    os.close(ours)
    text = said.decode()
    if flags:
        assert "\x1b" not in text and "spans/s" not in text
        return
    drawn = re.findall(r"\r\x1b\[K(\d[\d,]* spans/s · [^\r\n]*)", text)
    assert len(drawn) >= 3 and all(" GiB free" in line or " free" in line for line in drawn)
    # The log stands above it, each line whole.
    assert "\r\x1b[K20" in text.replace("\r\n", "\n") and text.rstrip().endswith(")")
