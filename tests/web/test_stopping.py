"""A query that would run for minutes is stopped by its reader, and when its reader goes away."""

import socket
import threading
import time
from typing import Any
from urllib.parse import quote, urlencode

import psutil
import pytest

from .conftest import Site, Watched

MINUTES = "select count(*) from range(10000000) a, range(10000000) b where a.range % 7 = b.range % 5"
SLOW = f"/sql?q={quote(MINUTES)}"


def working(site: Site) -> list[psutil.Process]:
    """Return the processes that work on a query, below the one that forks; some that a screen had wait for the next."""
    there = [one for below in psutil.Process(site.process.pid).children() for one in below.children()]
    before = [_cpu_s(one) for one in there]
    time.sleep(0.2)
    return [one for one, used in zip(there, before, strict=True) if _cpu_s(one) > used + 0.05]


def _cpu_s(one: psutil.Process) -> float:
    try:
        return sum(one.cpu_times()[:2])
    except psutil.NoSuchProcess:
        return 0.0


def wait_until(holds: Any, seconds: float = 8) -> None:
    """Wait; far less than the time after which a query ends by itself."""
    give_up_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up_at
        time.sleep(0.05)


@pytest.fixture
def quiet(site: Site) -> Site:
    """Give a site that answers nothing now."""
    wait_until(lambda: not working(site), 20)
    return site


@pytest.mark.parametrize("path", [SLOW, SLOW.replace("/sql?", "/sql.csv?"), SLOW.replace("/sql?", "/sql.arrow?")])
def test_who_goes_away_takes_the_query_along(quiet: Site, path: str) -> None:
    """As a browser does when its Stop is pressed, with scripts or without."""
    with socket.create_connection(("127.0.0.1", quiet.port)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{quiet.port}\r\n\r\n".encode())
        wait_until(lambda: working(quiet))
        time.sleep(1)
        wait_until(lambda: working(quiet))
    wait_until(lambda: not working(quiet), 4)


def test_a_query_is_stopped_by_word_without_scripts(quiet: Site) -> None:
    """The screen lists what runs, each with a button; who waited for it is told."""
    seen: list[tuple[int, str]] = []

    def ask() -> None:
        answer, text = quiet.ask(SLOW, headers={"Accept": "text/html"})
        seen.append((answer.status, text))

    waiting = threading.Thread(target=ask)
    waiting.start()
    wait_until(lambda: working(quiet))
    _, text = quiet.ask("/sql")
    assert "range(10000000)" in text
    number = text.partition('name="query" value="')[2].partition('"')[0]
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": quiet.url, "Sec-Fetch-Site": "same-origin"}
    answer, _ = quiet.ask("/sql/stop", urlencode({"query": number}).encode(), {**form, "Origin": "http://elsewhere"})
    assert 403 == answer.status
    answer, _ = quiet.ask("/sql/stop", urlencode({"query": number}).encode(), form)
    assert (303, "/sql") == (answer.status, answer.headers["Location"])
    waiting.join(8)
    assert not waiting.is_alive()
    assert 422 == seen[0][0] and "the query was stopped" in seen[0][1]
    wait_until(lambda: not working(quiet), 4)
    for wrong in (number, "x", "9" * 30, ""):
        assert 404 == quiet.ask("/sql/stop", urlencode({"query": wrong}).encode(), form)[0].status
    assert "range(10000000)" not in quiet.ask("/sql")[1]


def test_cancel_is_there_while_an_answer_is_waited_for(quiet: Site, watched: Watched) -> None:
    """It leaves the question in its place, to be changed and run again."""
    page = watched.go("/sql")
    assert not page.locator("#stop").is_visible()
    page.locator("textarea").fill(MINUTES)
    # The browser's driver waits for the answer before it presses anything else: so the page does it.
    page.evaluate(
        "() => { const stop = document.getElementById('stop');"
        " setTimeout(() => { window.seen = stop.checkVisibility() && stop.textContent; stop.click(); }, 2500);"
        " document.querySelector('#ask .main').click(); }"
    )
    wait_until(lambda: working(quiet))
    wait_until(lambda: not working(quiet))
    watched.until("'seen' in window")
    assert page.evaluate("window.seen").startswith("Cancel 2 s")
    assert MINUTES == page.locator("textarea").input_value()
    assert not page.locator("#stop").is_visible()
    page.locator("textarea").fill("select 41 + 1 as answer")
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_role("cell", name="42").wait_for()


def test_a_recordings_query_is_stopped_too(tmp_path: Any, site: Site) -> None:
    """`culpa open` has no process of its own for a query: the engine is interrupted."""
    import anyio

    from culpa.store import DuckDBStore
    from culpa.web.recorded import Recorded

    with DuckDBStore(tmp_path / "made.duckdb", writable=True):
        pass

    async def give_up(house: Recorded) -> None:
        with anyio.move_on_after(1):
            await house.answer(MINUTES)

    with DuckDBStore(tmp_path / "made.duckdb", threads=1) as store:
        # Not in this thread, where the browser's loop may run.
        giving_up = threading.Thread(target=lambda: anyio.run(give_up, Recorded(store)))
        giving_up.start()
        giving_up.join(10)
        assert not giving_up.is_alive()
        wait_until(lambda: not any("AnyIO" in one.name for one in threading.enumerate()))
