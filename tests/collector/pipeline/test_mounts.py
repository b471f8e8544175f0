"""What others mount stands behind the same door, and does not keep the collector from ending."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Running
from .raw import dial, heard, statuses

APP = """
import asyncio

async def app(scope, receive, send):
    if scope["path"].endswith("/slow"):
        await asyncio.sleep(1000)
    if scope["path"].endswith("/wrong"):
        raise ValueError("a mistake")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"].endswith("/endless"):
        while True:
            await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
    await send({"type": "http.response.body", "body": b"shown"})

def mount(house):
    return "/page", app
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Install a distribution that mounts an app."""
    (tmp_path / "site" / "page-1.dist-info").mkdir(parents=True)
    (tmp_path / "site" / "page_app.py").write_text(APP)
    (tmp_path / "site" / "page-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: page\nVersion: 1\n")
    (tmp_path / "site" / "page-1.dist-info" / "entry_points.txt").write_text("[culpa.mounts]\npage = page_app:mount\n")
    return {"PYTHONPATH": str(tmp_path / "site")}


def _get(running: Running, **headers: str) -> int:
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    return running.request("/page/x", b"", shown, method="GET")[0].status


def test_a_mounted_app_stands_behind_the_door_of_readers(
    collect: Callable[..., Running], environ: dict[str, str]
) -> None:
    """Foreign names and pages are kept out, a link that a person follows is not."""
    running = collect(environ=environ)
    assert [200, 403, 403, 403] == [
        _get(running),
        _get(running, Host="evil.example"),
        _get(running, Origin="https://evil.example"),
        _get(running, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors", Sec_Fetch_Dest="image"),
    ]
    assert 200 == _get(running, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")
    assert 500 == running.request("/page/wrong", method="GET")[0].status


def test_a_mounted_app_wants_the_read_token(collect: Callable[..., Running], environ: dict[str, str]) -> None:
    """Not that of senders."""
    running = collect(environ={**environ, "CULPA_READ_TOKEN": "read-me", "CULPA_INGEST_TOKEN": "write-me"})
    shown = ["Bearer read-me", "Bearer write-me"]
    assert [401, 200, 403] == [_get(running), *(_get(running, Authorization=each) for each in shown)]


def test_answers_that_do_not_end_do_not_keep_a_collector_from_ending(
    collect: Callable[..., Running], environ: dict[str, str]
) -> None:
    """Who waits for its answer hears that the collector is stopping; who reads none is left."""
    running = collect(environ=environ)
    get = b"GET /page/%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with dial(running, get % b"slow") as slow, dial(running, get % b"endless"):
        time.sleep(0.5)
        began_at = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        answer = heard(slow)
        assert [503] == statuses(answer), answer
        assert 0 == running.stop()
    assert time.monotonic() - began_at < 11
    assert "Traceback" not in running.log.read_text(), running.log.read_text()
