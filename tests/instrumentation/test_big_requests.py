"""Requests as long as servers let in: what culpa adds to one has a bound."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sweeps import some

BIN = Path(sys.executable).parent
#: Milliseconds of CPU that culpa may add to a request of 60 KB; a usual one gets 0.2 to 0.5.
_MORE_MS = 25.0
_TIMES = 20
BIG = {
    "path": ("/ok/" + "a" * 60_000, {}),
    "parameters": ("/ok?" + "a=1&" * 15_000, {}),
    # What a pattern that tries each beginning reads again and again.
    "comments": ("/ok" + "/*a=" * 15_000, {}),
    "keys": ("/ok/" + "key%20(a)=(" * 5_000, {}),
    "quotes": ("/ok?q=" + "near%20'" * 6_000, {}),
    "headers": ("/ok", {f"X-{number}": "v" * 1000 for number in range(60)}),
}
SERVERS = {
    "fastapi": "uvicorn --http httptools --log-level critical --port {port} fastapi_shop:app",
    "flask": "gunicorn --limit-request-line 0 --limit-request-field_size 0 --no-control-socket -b 127.0.0.1:{port} flask_shop:app",
    "django": "uvicorn --http httptools --log-level critical --port {port} --app-dir djangosite shopsite.asgi:application",
}


def _cpu_ms(leader: int) -> float:
    """Return what the processes of a group have used."""
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = place.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(rest[2]) == leader:
            ticks += int(rest[11]) + int(rest[12])
    return ticks * 10.0


def _costs(server: Any) -> dict[str, float]:
    found: dict[str, float] = {}
    for kind, (path, headers) in BIG.items():
        before = _cpu_ms(server.process.pid)
        for _ in range(_TIMES):
            assert server.client.get(path, headers=headers).status_code in (200, 400, 404)
        time.sleep(1.3)  # what is sent later counts too
        found[kind] = (_cpu_ms(server.process.pid) - before) / _TIMES
    server.stop()
    return found


@pytest.mark.parametrize("framework", some(list(SERVERS), 1))
def test_a_big_request_costs_a_bounded_amount_more(
    serve: Any, culpa_run: Any, free_port: Any, sink: Any, framework: str
) -> None:
    """CPU of the whole process, with the export; the path arrives cut."""
    environ = {"DJANGO_SETTINGS_MODULE": "shopsite.settings"}
    port = free_port()
    program, *words = SERVERS[framework].format(port=port).split()
    plain = _costs(serve([str(BIN / program), *words], port, environ))
    port = free_port()
    program, *words = SERVERS[framework].format(port=port).split()
    traced = _costs(serve(culpa_run(sink.url, program, *words), port, environ))
    more = {kind: traced[kind] - plain[kind] for kind in BIG}
    assert [] == [kind for kind in BIG if more[kind] > _MORE_MS], more
    paths = [str(span.attributes.get("url.path", "")) for span in sink.spans if span.kind == 2]
    assert 1000 < max(map(len, paths)) < 9000
