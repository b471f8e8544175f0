"""`pytest --culpa` explains each 5xx that a failing test met: with each framework's test client, and with a live server."""

import pytest

pytest_plugins = ["pytester"]

_FASTAPI = """
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()

@app.get("/half/{n}")
def half(n: int):
    return {"half": 1 // n}

def test_fastapi_is_well():
    assert 200 == TestClient(app).get("/half/1").status_code

def test_fastapi_answers():
    assert 200 == TestClient(app, raise_server_exceptions=False).get("/half/0").status_code

def test_fastapi_raises():
    TestClient(app).get("/half/0")

def test_nothing_of_the_web():
    assert not "a failure of its own"

def test_a_500_that_is_wanted():
    assert 500 == TestClient(app, raise_server_exceptions=False).get("/half/0").status_code
"""
_STARLETTE = """
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

async def parts(request):
    raise KeyError("parts")

def test_starlette():
    app = Starlette(routes=[Route("/parts", parts)])
    assert 200 == TestClient(app, raise_server_exceptions=False).get("/parts").status_code
"""
_FLASK = """
from flask import Flask

app = Flask(__name__)

@app.get("/stock")
def stock():
    raise LookupError("no stock")

def test_flask():
    assert 200 == app.test_client().get("/stock").status_code
"""
_SETTINGS = """
SECRET_KEY = "x" * 50
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
MIDDLEWARE = []
DATABASES = {}
USE_TZ = True
"""
_URLS = """
from django.urls import path

def bill(request):
    raise ArithmeticError("no bill")

urlpatterns = [path("bill", bill)]
"""
_DJANGO = """
import os

os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings"

import django
from django.test import Client

django.setup()

def test_django():
    assert 200 == Client(raise_request_exception=False).get("/bill").status_code
"""
_LIVE = """
import socket, subprocess, sys, time, urllib.error, urllib.request

def test_live():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "uvicorn", "test_fastapi:app", "--port", str(port)])
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/half/1").close()
                break
            except OSError:
                time.sleep(0.1)
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/half/0")
        except urllib.error.HTTPError as answer:
            code = answer.code
            answer.close()
        assert 200 == code
    finally:
        server.terminate()
        server.wait()
"""
#: What the section under each test's report says.
_SAID = {
    "test_fastapi_answers": ["raised ZeroDivisionError", "GET /half/0", "app.unhandled_exception"],
    "test_fastapi_raises": ["raised ZeroDivisionError", "GET /half/0", "test_fastapi.py:8 half"],
    "test_starlette": ["raised KeyError", "GET /parts"],
    "test_flask": ["raised LookupError", "GET /stock", "test_flask.py:7 stock"],
    "test_django": ["raised ArithmeticError", "GET /bill", "urls.py:4 bill"],
    "test_live": ["raised ZeroDivisionError", "GET /half/0", "test_fastapi.py:8 half"],
}


def _sections(text: str) -> dict[str, list[str]]:
    """Return the sections of culpa's by test, of the output of a run."""
    found: dict[str, list[str]] = {}
    name = ""
    at = -1
    for line in text.splitlines():
        heading = line.strip("_- ")
        if line.startswith("____") and heading.startswith("test_"):
            name, at = heading, -1
        elif line.startswith("----"):
            at = len(found.setdefault(name, [])) if heading == "culpa: why 500" else -1
            if at >= 0:
                found[name].append("")
        elif line.startswith("===="):
            at = -1
        elif at >= 0:
            found[name][at] += f"{line}\n"
    return {name: sections for name, sections in found.items() if sections}


def _is_in(text: str, section: str) -> bool:
    """Say whether a text is there, wherever a long line was broken."""
    return "".join(text.split()) in "".join(section.split())


@pytest.mark.timeout(300)
def test_each_5xx_that_a_failing_test_met_is_explained_below_it(pytester: pytest.Pytester) -> None:
    """And no other: neither a test without one, nor one that passed with it, has a section."""
    pytester.makepyfile(
        test_fastapi=_FASTAPI,
        test_starlette=_STARLETTE,
        test_flask=_FLASK,
        test_django=_DJANGO,
        test_live=_LIVE,
        site_settings=_SETTINGS,
        urls=_URLS,
    )
    ran = pytester.runpytest_subprocess("--culpa", "-p", "no:cacheprovider", "-p", "no:xdist")
    ran.assert_outcomes(passed=2, failed=7)
    found = _sections(ran.outlines and "\n".join(ran.outlines))
    assert set(_SAID) == set(found)
    assert dict.fromkeys(_SAID, 1) == {name: len(sections) for name, sections in found.items()}
    wanting = [(name, word) for name, words in _SAID.items() for word in words if not _is_in(word, found[name][0])]
    assert [] == wanting, "\n".join(ran.outlines)


def test_without_the_option_it_costs_an_import_of_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_there():
            ours = {name for name in sys.modules if name.startswith("culpa.")}
            assert {"culpa.testing", "culpa.testing.plugin"} == ours
            assert not {"opentelemetry", "duckdb", "pyarrow", "click"} & set(sys.modules)
        """
    )
    only = [
        flag
        for name in ("hypothesispytest", "anyio", "schemathesis", "xdist", "timeout")
        for flag in ("-p", f"no:{name}")
    ]
    ran = pytester.runpytest_subprocess(*only)
    ran.assert_outcomes(passed=1)


def test_under_culpa_run_it_says_what_to_do(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    from culpa.instrumentation.start.run import with_site

    pytester.makepyfile("def test_it(): pass")
    monkeypatch.setenv("PYTHONPATH", with_site(""))
    ran = pytester.runpytest_subprocess("--culpa")
    assert 4 == ran.ret
    ran.stderr.fnmatch_lines(["*runs under `culpa run` already; leave one of them out*"])


def test_a_run_that_does_not_begin_leaves_no_collector_behind(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = pytester.mkdir("kept")
    monkeypatch.setenv("TMPDIR", str(kept))
    pytester.makeconftest("raise LookupError('no settings')")
    ran = pytester.runpytest_subprocess("--culpa")
    assert 4 == ran.ret
    ran.stderr.fnmatch_lines(["*no settings*"])
    assert [] == list(kept.iterdir())
