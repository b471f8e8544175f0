"""The site without a browser: its headers, who may come in, who may change something, and its JSON."""

import gzip
import json
import re
import subprocess
import sys
import time
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlencode

import pytest

import culpa.analysis as ca
from culpa.analysis.surface.filters import read_filters
from culpa.store import DuckDBStore

from .conftest import FAILED, Site

HTML = {"Accept": "text/html"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)
PAGES = (
    "/",
    "/search",
    "/sql",
    "/map",
    "/changes",
    "/alarms",
    "/nothing",
    f"/requests/{1:032x}",
    "/api/v1/problems",
    "/sign-in",
)
TEMPLATES = sorted(one.name for one in (files("culpa.web") / "templates").iterdir() if one.name.endswith(".html"))
_INLINE = re.compile(r"\son[a-z]+\s*=|\sstyle\s*=|<style|javascript:|hx-on|<script(?![^>]*\ssrc=)", re.IGNORECASE)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_nothing_inline_and_asks_nobody_else(name: str) -> None:
    """No handler, style or script, nothing marked safe, no address of another site."""
    text = (files("culpa.web") / "templates" / name).read_text("utf-8")
    assert [] == _INLINE.findall(re.sub(r"\{[%{].*?[%}]\}", "", text))
    assert [] == re.findall(r"\|\s*safe|autoescape|https?://(?!127\.0\.0\.1)", text)


def test_assets_are_few_ours_and_small() -> None:
    """All that a browser fetches, compressed; nothing of it names another site, or makes code of text."""
    folder = files("culpa.web") / "static"
    contents = {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}
    assert {"page.css", "page.js", "waterfall.js", "sql.js", "icon.svg"} == set(contents)
    assert sum(len(gzip.compress(one)) for one in contents.values()) < 20_000
    for name, content in contents.items():
        text = content.decode("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert [] == re.findall(
            r"https?://|\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.write", text
        ), name


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_forbids_what_it_does_not_need(site: Site, path: str) -> None:
    answer, text = site.ask(path, headers=HTML)
    given = {name.lower(): value for name, value in answer.getheaders()}
    assert (POLICY, "nosniff", "DENY", "no-store") == (
        given["content-security-policy"],
        given["x-content-type-options"],
        given["x-frame-options"],
        given["cache-control"],
    )
    assert path.startswith("/api/") or [] == _INLINE.findall(text)


def test_an_asset_is_kept_for_ever_under_its_digest(site: Site) -> None:
    [path] = re.findall(r'href="(/static/[0-9a-f]{12}/page\.css)"', site.ask("/", headers=HTML)[1])
    assert "immutable" in str(site.ask(path)[0].getheader("cache-control"))
    assert "no-cache" == site.ask("/static/older/page.css")[0].getheader("cache-control")
    assert [404, 404] == [site.ask(f"/static/x/{name}")[0].status for name in ("nothing.js", "..%2fsite.py")]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 200),
        ({}, 200),
    ],
)
def test_a_page_of_another_site_may_not_look(site: Site, headers: dict[str, str], status: int) -> None:
    assert status == site.ask("/", headers={**HTML, **headers})[0].status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "{own}"}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
    ],
)
def test_only_a_page_of_this_site_changes_something(site: Site, headers: dict[str, str], status: int) -> None:
    [row] = site.query(f"select fingerprint from verdicts where trace_id = '{2:032x}'")
    shown = {name: value.replace("{own}", site.url) for name, value in headers.items()}
    given = urlencode({"state": "open", "note": "by a test"}).encode()
    answer, text = site.ask(f"/problems/{row['fingerprint']}/state", given, {**FORM, **HTML, **shown})
    assert status == answer.status, text


def test_a_word_that_is_none_is_refused(site: Site) -> None:
    [row] = site.query(f"select fingerprint from verdicts where trace_id = '{2:032x}'")
    ours = {"Sec-Fetch-Site": "same-origin"}
    place = f"/problems/{row['fingerprint']}"
    wrong = [
        site.ask(f"{place}/state", urlencode({"state": "gone"}).encode(), {**FORM, **ours})[0].status,
        site.ask(f"{place}/state", urlencode({"state": "muted", "for": "long"}).encode(), {**FORM, **ours})[0].status,
        site.ask(f"{place}/state", b"{}", {"Content-Type": "application/json", **ours})[0].status,
        site.ask(f"{place}/state", b"x=" + b"a" * 40_000, {**FORM, **ours})[0].status,
        site.ask(f"{place}/label", urlencode({"cause": "made.up"}).encode(), {**FORM, **ours})[0].status,
        site.ask("/problems/1:0000000000000000/state", urlencode({"state": "open"}).encode(), {**FORM, **ours})[
            0
        ].status,
    ]
    assert [400, 400, 400, 400, 400, 404] == wrong


def test_a_program_sends_a_state_with_json(site: Site) -> None:
    given = {
        "fingerprint": "1:00000000000000aa",
        "state": "muted",
        "until": time.time_ns(),
        "note": "token=hunter2secret",
    }
    kind = {"Content-Type": "application/json"}
    answer, text = site.ask("/v1/problem-states", json.dumps(given).encode(), kind)
    assert (200, "muted") == (answer.status, json.loads(text)["state"])
    assert "hunter2secret" not in text
    bad = [{}, {**given, "state": "x"}, {**given, "until": -1}, {**given, "fingerprint": "aa"}, {**given, "more": 1}]
    assert [400] * 5 == [site.ask("/v1/problem-states", json.dumps(one).encode(), kind)[0].status for one in bad]


def test_who_signs_in_gets_a_session_and_not_the_token_back(guarded: Site) -> None:
    """Strict, out of reach of scripts; ended by signing out."""
    answer, _ = guarded.ask("/search?text=a&show=any", headers=HTML)
    assert (303, "/sign-in?to=%2Fsearch%3Ftext%3Da%26show%3Dany") == (answer.status, answer.getheader("location"))
    assert [401, 401, 200] == [guarded.ask(path)[0].status for path in ("/", "/api/v1/problems", "/sign-in")]
    ours = {**FORM, **HTML, "Sec-Fetch-Site": "same-origin"}
    for wrong in ("write-me", "", "read-me "[:-2]):
        answer, _ = guarded.ask("/sign-in", urlencode({"token": wrong, "to": "/sql"}).encode(), ours)
        assert (403, None) == (answer.status, answer.getheader("set-cookie"))
    answer, _ = guarded.ask("/sign-in", urlencode({"token": "read-me", "to": "/sql"}).encode(), ours)
    cookie = str(answer.getheader("set-cookie"))
    assert (303, "/sql") == (answer.status, answer.getheader("location"))
    assert "read-me" not in cookie
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "secure" not in cookie.lower()
    # Behind a proxy that speaks HTTPS the browser says so.
    proxied = {**ours, "Origin": f"https://127.0.0.1:{guarded.port}"}
    answer, _ = guarded.ask("/sign-in", urlencode({"token": "read-me", "to": "/sql"}).encode(), proxied)
    assert "secure" in str(answer.getheader("set-cookie")).lower()
    session = {"Cookie": cookie.partition(";")[0], **HTML}
    assert 200 == guarded.ask("/", headers=session)[0].status
    assert 303 == guarded.ask("/", headers={"Cookie": "culpa_session=guess", **HTML})[0].status
    assert 403 == guarded.ask("/sign-out", b"", {**session, "Sec-Fetch-Site": "cross-site"})[0].status
    assert 303 == guarded.ask("/sign-out", b"", {**session, "Sec-Fetch-Site": "same-origin"})[0].status
    assert 303 == guarded.ask("/", headers=session)[0].status
    # A session opens the page, not what programs use.
    assert 401 == guarded.ask("/v1/sql", b"{}", {**session, "Content-Type": "application/json"})[0].status


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y", "evil"])
def test_signing_in_leads_nowhere_else(guarded: Site, to: str) -> None:
    given = urlencode({"token": "read-me", "to": to}).encode()
    answer, _ = guarded.ask("/sign-in", given, {**FORM, "Sec-Fetch-Site": "same-origin"})
    assert (303, "/") == (answer.status, answer.getheader("location"))


def test_a_program_shows_the_token_itself(guarded: Site) -> None:
    shown = [{"Authorization": f"Bearer {token}"} for token in ("read-me", "write-me")]
    assert [200, 403] == [guarded.ask("/api/v1/problems", headers=each)[0].status for each in shown]


FILTERS = (
    {},
    {"cause": "database"},
    {"cause": "database.deadlock", "service": "shop"},
    {"component": "postgresql://db:5432/shop"},
    {"component": "nobody"},
    {"layer": "app"},
    {"route": "/checkout"},
    {"status": "500"},
    {"status": "502"},
    {"release": "1.4.3"},
    {"release": "1.4.2"},
    {"since": "1h"},
    {"until": "1h"},
    {"text": "DEADLOCK detected"},
    {"text": f"{3:032x}"},
)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_a_filter_means_the_same_in_json_and_in_a_session(site: Site, filters: dict[str, str]) -> None:
    answer, text = site.ask(f"/api/v1/verdicts?{urlencode({**filters, 'limit': 1000})}")
    with ca.open(site.url) as session:
        wanted = session.verdicts(filters=read_filters(filters)).json()
    assert (200, wanted) == (answer.status, json.loads(text)["verdicts"])
    listed = json.loads(site.ask(f"/api/v1/problems?{urlencode(filters)}")[1])["problems"]
    assert {row["fingerprint"] for row in wanted} == {row["fingerprint"] for row in listed}
    assert len(wanted) == sum(row["matched"] for row in listed)


def test_every_filter_leaves_something_out(site: Site) -> None:
    """Each of them leaves something out, or the test above would say nothing."""
    counts = [len(json.loads(site.ask(f"/api/v1/verdicts?{urlencode(one)}")[1])["verdicts"]) for one in FILTERS]
    failed = counts[0]
    assert failed >= len(FAILED) + 2
    assert [0, 0, 0, 0] == [
        counts[FILTERS.index(one)]
        for one in ({"component": "nobody"}, {"status": "502"}, {"release": "1.4.2"}, {"until": "1h"})
    ]
    assert len(FAILED) == counts[FILTERS.index({"release": "1.4.3"})]
    assert 1 == counts[FILTERS.index({"text": f"{3:032x}"})]


def test_the_api_is_described_and_answers(site: Site) -> None:
    described = json.loads(site.ask("/openapi.json")[1])["paths"]
    paths = [path for path in described if path.startswith("/api/v1/")]
    assert 9 == len(paths)
    for path in paths:
        answer, content = site.bytes_of(path.replace("{name}", f"{1:032x}"))
        (kind,) = described[path]["get"]["responses"]["200"]["content"]
        assert (200, kind) == (answer.status, answer.getheader("content-type")), path
        lines = content.splitlines() if kind == "application/jsonl" else [content]
        assert kind == "application/vnd.duckdb" or all(map(json.loads, lines))
    answer, text = site.ask("/api/v1/verdicts?status=abc", headers=HTML)
    assert (400, "application/json") == (answer.status, answer.getheader("content-type"))
    assert "write a number" in json.loads(text)["message"]


def test_a_request_and_a_problem_are_markdown_too(site: Site) -> None:
    [row] = site.query(f"select fingerprint from verdicts where trace_id = '{1:032x}'")
    for path in (f"/requests/{1:032x}.md", f"/problems/{row['fingerprint']}.md"):
        answer, text = site.ask(path)
        assert (200, True) == (answer.status, str(answer.getheader("content-type")).startswith("text/markdown"))
        assert text.startswith("# ")
        assert "database.deadlock" in text
    csv, text = site.ask("/sql.csv?q=select+1+as+one")
    assert ("attachment", ["one", "1"]) == (str(csv.getheader("content-disposition"))[:10], text.split())


def test_a_recording_is_shown_and_stays_as_it_is(site: Site, tmp_path: Path) -> None:
    """By `culpa open`, on loopback, without a way to change it."""
    made = tmp_path / "recorded.duckdb"
    DuckDBStore(made, writable=True).close()
    before = made.read_bytes()
    command = [sys.executable, "-m", "culpa.instrumentation.cli", "open", str(made), "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        given = process.stderr.readline()
        port = int(given.partition("127.0.0.1:")[2].partition("/")[0])
        found: list[int] = []
        for path, headers in (
            ("/", HTML),
            ("/sql?q=select+1", HTML),
            ("/", {"Host": "evil.example"}),
            ("/", {"Origin": "https://evil.example"}),
        ):
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path, headers=headers)
            found.append(connection.getresponse().status)
            connection.close()
        process.terminate()
    assert [200, 200, 403, 403] == found
    assert before == made.read_bytes()
