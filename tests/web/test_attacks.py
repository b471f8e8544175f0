"""What strangers and readers try on the page, beyond the words of telemetry: the shell, the loop, memory, the sign-in."""

import html
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from culpa.web.markdown import request_markdown
from culpa.web.request import Shown
from culpa.web.waterfall import Scale
from culpa.web.words import curl

from . import otlp
from .conftest import Site

HTML = {"Accept": "text/html"}
INJECTED = '/x$(touch owned)`touch owned`\'; touch owned; "$(touch owned)"\\\n touch owned #'
_COPY = re.compile(r'data-copy="(curl [^"]*)"')


@pytest.fixture(scope="module")
def injecting(site: Site) -> str:
    """Give the trace id of a failed request whose method and path are commands of a shell."""
    spans = otlp.checkout(0xBAD, fails=True)
    words = {"http.request.method": "GET;touch owned", "url.path": INJECTED, "http.route": INJECTED}
    others = [one for one in spans[0]["attributes"] if one["key"] not in words]
    spans[0]["attributes"] = others + otlp.attributes(words)
    site.send([("http://evil.example/ www.evil.example @everyone ~~x~~ &lt;b&gt;", spans)])
    trace_id = f"{0xBAD:032x}"
    site.wait_for(f"select count(*) as n from verdicts where trace_id = '{trace_id}'", 1)
    return trace_id


def test_a_copied_command_runs_nothing_that_a_stranger_wrote(site: Site, injecting: str, tmp_path: Path) -> None:
    """Somebody pastes it at three in the morning: the method and the path are one word each."""
    [found] = _COPY.findall(site.ask(f"/requests/{injecting}", headers=HTML)[1])
    shell = f'curl() {{ for one; do printf "%s\\0" "$one"; done; }}\nHOST=http://h\n{html.unescape(found)}\n'
    ran = subprocess.run(["sh", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=True)
    words = ran.stdout.split("\0")[:-1]
    assert [] == list(tmp_path.iterdir())
    assert ["-i", "-X"] == words[:2]
    assert 4 == len(words), words
    assert words[3].startswith("http://h/x$(touch owned)")


def test_an_ordinary_command_stays_readable() -> None:
    assert 'curl -i -X POST "$HOST"/checkout' == curl("POST", "/checkout")
    assert "curl -i -X GET \"$HOST\"'/a?b=c d'" == curl("", "/a?b=c d")


def test_a_ticket_links_nowhere_and_calls_nobody(site: Site, injecting: str) -> None:
    """Trackers make links of bare addresses, and messages to people of names."""
    heading = site.ask(f"/requests/{injecting}.md")[1].splitlines()[0]
    assert "evil" in heading
    assert [] == re.findall(r"(?<!\\)[@~&]|(?<!\\)://|www\.", heading.replace("\\\\", ""))
    nothing = Shown("a" * 32, None, [], 0, [], [], Scale(0, 1))
    assert f"# No request of trace {'a' * 32} failed" == request_markdown(nothing).splitlines()[0]


@pytest.mark.parametrize("path", ["/sign-in", "/nothing"])
def test_a_stranger_is_not_shown_where_the_store_is(guarded: Site, site: Site, path: str) -> None:
    """Neither who has no token, nor a page whose name was bent to lead here."""
    shown = [guarded.ask(path, headers=HTML)[1], site.ask("/nothing", headers={**HTML, "Host": "evil.example"})[1]]
    assert ["", ""] == ["".join(re.findall("store</code>|Sign out", text)) for text in shown]
    assert "store</code>" in site.ask("/nothing", headers=HTML)[1]


@pytest.mark.parametrize(
    "sql",
    [
        "select date 'infinity' as day, 1 as n union all select date '-4000-01-01', 2",
        "select [date '-infinity'] as days, {'d': date 'infinity'} as one",
        "select map {timestamp '2026-01-01': timestamp_ns '2026-01-01'} as times",
        "select map {date 'infinity': date '-infinity'} as days",
        "select timestamp 'infinity' as t, 'nan'::double as x union all select null, 'inf'::double",
        "select chr(0) as c, 'x' as c, '<script>' as \"<script>\"",
    ],
)
def test_values_that_python_does_not_know_are_shown_all_the_same(site: Site, sql: str) -> None:
    asked = urlencode({"q": sql})
    assert [200] * 3 == [_status(site, f"{path}?{asked}") for path in ("/sql", "/sql.csv", "/sql.arrow")]


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "2262-04-12", "0001-01-01", "9999w"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_a_time_that_no_store_holds_is_a_filter_too(site: Site, name: str, moment: str) -> None:
    paths = ("/", "/search", "/changes", "/api/v1/problems", "/api/v1/verdicts", "/api/v1/requests", "/api/v1/changes")
    assert {200} == {_status(site, f"{path}?{urlencode({name: moment})}") for path in paths}


def _status(site: Site, path: str) -> int:
    """Return the status of an answer that may be no text."""
    connection = HTTPConnection("127.0.0.1", site.port, timeout=60)
    try:
        connection.request("GET", path, headers=HTML)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


LARGE = (
    ("/sql.csv", "select range(400) as a from range(19000)"),
    ("/sql", "select range(16000) as a from range(480)"),
    ("/sql", f"select {', '.join(f'range as c{number}' for number in range(2000))} from range(500)"),
)


@pytest.mark.parametrize(("path", "sql"), LARGE, ids=["file", "nested", "wide"])
def test_a_large_answer_does_not_keep_senders_waiting(site: Site, path: str, sql: str) -> None:
    """It is written beside the loop that takes telemetry: seconds of work, and nobody waits for one."""
    waits: list[float] = []
    done = threading.Event()

    def send() -> None:
        while not done.is_set():
            began = time.perf_counter()
            site.ask("/healthz")
            waits.append(time.perf_counter() - began)
            time.sleep(0.01)

    sender = threading.Thread(target=send)
    began = time.perf_counter()
    sender.start()
    try:
        assert 200 == _status(site, f"{path}?{urlencode({'q': sql})}")
    finally:
        done.set()
        sender.join()
    # On a busy machine everybody waits, but not as long as the answer takes.
    assert max(waits) < max(1.5, (time.perf_counter() - began) / 3)
    assert len(waits) > 5


@pytest.fixture
def stalled(site: Site) -> Iterator[list[socket.socket]]:
    """Give readers who ask for large files and never read them; they go away at the end."""
    asked = urlencode({"q": "select repeat('x', 3000) as a from range(15000)"})
    head = f"GET /sql.csv?{asked} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n\r\n".encode()
    found: list[socket.socket] = []
    for _ in range(12):
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", site.port))
        one.sendall(head)
        found.append(one)
    yield found
    for one in found:
        one.close()


def test_readers_who_do_not_read_fill_no_memory(site: Site, stalled: list[socket.socket]) -> None:
    """Four hold an answer, the others are sent away; telemetry and screens go on."""
    answers: list[bytes] = []
    for one in stalled:
        one.settimeout(60)
        answers.append(one.recv(12))
    assert {b"HTTP/1.1 200": 4, b"HTTP/1.1 503": 8} == {each: answers.count(each) for each in answers}
    assert 200 == _status(site, "/")


@pytest.mark.parametrize("from_where", ["cross-site", "same-site"])
def test_a_link_of_another_site_asks_no_question_of_sql(site: Site, from_where: str) -> None:
    """It would cost time and memory, and nobody here wrote it; the reader sees it, and may run it."""
    asked = urlencode({"q": "select 41 + 1 as answered"})
    link = {**HTML, "Sec-Fetch-Site": from_where, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer, text = site.ask(f"/sql?{asked}", headers=link)
    assert (200, True, False) == (answer.status, "select 41 + 1" in text, ">42<" in text)
    assert ">42<" in site.ask(f"/sql?{asked}", headers={**link, "Sec-Fetch-Site": "same-origin"})[1]
    files = [site.ask(f"{path}?{asked}", headers=link)[0].status for path in ("/sql.csv", "/sql.arrow")]
    assert [403, 403] == files
