"""One collector with a page and one browser, for all tests of this folder."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from culpa.store import RemoteStore

from . import otlp
from .payloads import hostile_spans

AXE = Path(__file__).parents[2] / ".cache/node/node_modules/axe-core/axe.min.js"
BIG, CIRCLE = "b" * 32, "c" * 32
#: Failed checkouts, and those that went well.
FAILED, WELL = range(1, 7), range(101, 113)


class Site:
    """One `culpa collect`."""

    def __init__(self, folder: Path, *flags: str, environ: dict[str, str] | None = None) -> None:
        """Start it on a free port, and wait until it listens."""
        self.log = folder / "log"
        command = [sys.executable, "-m", "culpa.instrumentation.cli", "collect", "--store", str(folder / "store")]
        command += ["--http-port", "0", "--grpc-port", "0", "--min-free-bytes", "0", "--settle-s", "0.5", *flags]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ, cwd=folder)
        give_up_at = time.monotonic() + 60
        while "OTLP/HTTP on " not in (seen := self.log.read_text("utf-8")):
            assert self.process.poll() is None and time.monotonic() < give_up_at, seen
            time.sleep(0.05)
        self.url = seen.partition("OTLP/HTTP on ")[2].partition(",")[0]
        self.port = int(self.url.rpartition(":")[2])

    def ask(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = ""
    ) -> tuple[HTTPResponse, str]:
        """Send one request; return the answer and its text."""
        answer, content = self.bytes_of(path, body, headers, method)
        return answer, content.decode("utf-8")

    def bytes_of(
        self, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, method: str = ""
    ) -> tuple[HTTPResponse, bytes]:
        """Send one request; return the answer and its content."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method or ("GET" if body is None else "POST"), path, body, headers or {})
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def send(self, sent: list[tuple[str, list[dict[str, Any]]]], **resource: str) -> None:
        """Export the spans of some services."""
        answer, text = self.ask("/v1/traces", otlp.body(sent, **resource), {"Content-Type": "application/json"})
        assert 200 == answer.status, text

    def wait_for(self, sql: str, wanted: int) -> None:
        """Wait until a query counts so much."""
        give_up_at = time.monotonic() + 60
        while (found := self.query(sql)[0]["n"]) < wanted:
            assert time.monotonic() < give_up_at, f"{found} of {wanted}: {sql}"
            time.sleep(0.2)

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return rows."""
        return RemoteStore(self.url).query(sql).to_pylist()

    def stop(self) -> int:
        """Stop it; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Site]:
    """Give a collector that holds a deadlock and two large requests, all judged."""
    running = Site(tmp_path_factory.mktemp("site"))
    show_when_dead(running.process, running.log)
    for numbers, fails, release in ((FAILED, True, "1.4.3"), (WELL, False, "1.4.2")):
        sent = [("shop", otlp.checkout(number, fails=fails, ago_s=60 + number)) for number in numbers]
        running.send(sent, **{"service.version": release})
    running.send([("shop", otlp.large(BIG, 5_000))])
    running.send([("shop", otlp.large(CIRCLE, 10_000, circle=True))])
    running.wait_for("select count(*) as n from verdicts where settled", len(FAILED) + 2)
    yield running
    _end(running)


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Site]:
    """Give a collector that holds hostile telemetry, judged."""
    running = Site(tmp_path_factory.mktemp("hostile"))
    show_when_dead(running.process, running.log)
    sent = hostile_spans()
    running.send(sent)
    running.wait_for("select count(*) as n from verdicts where settled", len(sent))
    yield running
    _end(running)


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Site]:
    """Give a collector that wants tokens."""
    tokens = {"CULPA_READ_TOKEN": "read-me", "CULPA_INGEST_TOKEN": "write-me"}
    running = Site(tmp_path_factory.mktemp("guarded"), environ={**os.environ, **tokens})
    show_when_dead(running.process, running.log)
    yield running
    _end(running)


def _end(running: Site) -> None:
    assert 0 == running.stop(), running.log.read_text("utf-8")
    assert "Traceback" not in running.log.read_text("utf-8")


class Watched:
    """A page of the browser, and all that it complained of."""

    def __init__(self, context: Any, site: Site) -> None:
        """Open a page."""
        self.page = context.new_page()
        self.site = site
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda seen: seen.type in ("error", "warning") and self.wrong.append(seen.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append("dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path: str, status: int = 200) -> Any:
        """Open a path of the site; return the page."""
        answer = self.page.goto(self.site.url + path)
        assert status == answer.status, path
        self.until("!document.querySelector('[data-later]')")
        return self.page

    def until(self, expression: str) -> None:
        """Wait until an expression holds; the way of the browser's driver evaluates text, which the policy forbids."""
        give_up_at = time.monotonic() + 30
        while not self._holds(expression):
            assert time.monotonic() < give_up_at, expression
            time.sleep(0.05)

    def _holds(self, expression: str) -> bool:
        from playwright.sync_api import Error as PlaywrightError

        try:
            return bool(self.page.evaluate(expression))
        except PlaywrightError as error:
            # The page is just being left for the one that is waited for.
            if "Execution context was destroyed" not in str(error):
                raise
            return False

    def check(self) -> None:
        """Nothing was wrong, and nobody else was asked."""
        assert [] == self.wrong
        assert [] == [url for url in self.asked if not url.startswith(self.site.url + "/")]

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    def accessible(self, *rules: str) -> list[str]:
        """Return what axe finds that is serious or critical, by all of its rules or some."""
        self.page.evaluate("typeof axe === 'object' || (() => {" + AXE.read_text("utf-8") + "})()")
        options = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
        found = self.page.evaluate("options => axe.run(options)", options)
        return [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]


@pytest.fixture(scope="module")  # its event loop runs until its end, and would be in the way of other files' loops
def browser() -> Iterator[Any]:
    """Give the system's chromium, without a window."""
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("no chromium is installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def watched(browser: Any, site: Site) -> Iterator[Watched]:
    """Give a page of ordinary width; nothing may be wrong at its end."""
    yield from _watched(browser, site)


@pytest.fixture
def among_hostile(browser: Any, hostile_site: Site) -> Iterator[Watched]:
    """Give a page of what holds hostile telemetry; nothing may be wrong at its end."""
    yield from _watched(browser, hostile_site)


def _watched(browser: Any, site: Site) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = Watched(context, site)
    yield opened
    context.close()
    opened.check()
