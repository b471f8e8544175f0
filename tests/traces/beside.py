"""`python -m traces.beside` (in tests/): send the traces to a real Jaeger, and keep what it answers.

Jaeger is built of its Go module, which takes some ten minutes where it is not there already. Its answers stand in
jaeger_answers.json with times from `START`; the tests compare a collector's with them.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from culpa.demo.ports import free_ports
from culpa.store import iso

from .played import ALL, BODY, CHECKOUT, HOUR, START

#: The last one that the Go proxy has.
VERSION = "v1.76.0"
ANSWERS = Path(__file__).parent / "jaeger_answers.json"
_MODULE = "github.com/jaegertracing/jaeger"
_BUILT = Path(__file__).parents[2] / ".cache" / "jaeger" / VERSION / "jaeger"

_US = 1_000
_DAY = f"start={(START - HOUR) // _US}&end={(START + 6 * HOUR) // _US}"
_V3 = f"query.start_time_min={quote(iso(START - HOUR))}&query.start_time_max={quote(iso(START + 6 * HOUR))}"
#: Name -> the path that both are asked.
ASKED = {
    "v1 services": "/api/services",
    "v1 operations": "/api/operations?service=shop",
    "v1 client operations": "/api/operations?service=stock&spanKind=client",
    "v1 operation names": "/api/services/stock/operations",
    **{f"v1 trace {trace_id[-2:]}": f"/api/traces/{trace_id}" for trace_id in ALL},
    "v1 no trace": f"/api/traces/{'f' * 32}",
    "v1 no id": "/api/traces/zz",
    "v1 search": f"/api/traces?{_DAY}&service=shop&limit=20",
    "v1 search by operation": f"/api/traces?{_DAY}&service=stock&operation=GET%20%2Fstock",
    "v1 search by duration": f"/api/traces?{_DAY}&service=shop&minDuration=20ms&maxDuration=50ms",
    "v1 search by tags": f"/api/traces?{_DAY}&service=shop&tags={quote(json.dumps({'app.page': '3', 'http.route': '/items'}))}",
    "v1 search by error": f"/api/traces?{_DAY}&service=stock&tags={quote(json.dumps({'error': 'true'}))}",
    "v1 search by resource": f"/api/traces?{_DAY}&service=till&tags={quote(json.dumps({'host.name': 'n1'}))}",
    "v1 search in vain": f"/api/traces?{_DAY}&service=nobody",
    "v1 search without service": "/api/traces",
    "v1 by ids": f"/api/traces?traceID={CHECKOUT}&traceID={'f' * 32}",
    "v1 dependencies": f"/api/dependencies?endTs={(START + 6 * HOUR) // 10**6}&lookback={8 * 3_600_000}",
    "v3 services": "/api/v3/services",
    "v3 operations": "/api/v3/operations?service=shop",
    **{f"v3 trace {trace_id[-2:]}": f"/api/v3/traces/{trace_id}" for trace_id in ALL},
    "v3 no trace": f"/api/v3/traces/{'f' * 32}",
    "v3 search": f"/api/v3/traces?{_V3}&query.service_name=shop",
    "v3 search in vain": f"/api/v3/traces?{_V3}&query.service_name=nobody",
    "v3 search without time": "/api/v3/traces?query.service_name=shop",
}
_TIMES_US = ("startTime", "timestamp")
_TIMES_NS = ("startTimeUnixNano", "endTimeUnixNano", "timeUnixNano")


def from_start(value: Any) -> Any:
    """Return an answer with its times from `START`, and lists that have no order in one."""
    if isinstance(value, list):
        return sorted((from_start(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    if not isinstance(value, dict):
        return value
    plain = {key: from_start(one) for key, one in value.items()}
    plain |= {key: plain[key] - START // _US for key in _TIMES_US if key in plain}
    return plain | {key: str(int(plain[key]) - START) for key in _TIMES_NS if key in plain}


def build() -> Path:
    """Return the real Jaeger. Errors: CalledProcessError with what Go says."""
    if _BUILT.exists():
        return _BUILT
    told = subprocess.run(["go", "mod", "download", "-json", f"{_MODULE}@{VERSION}"], check=True, capture_output=True)
    sources = Path(json.loads(told.stdout)["Dir"])
    with tempfile.TemporaryDirectory() as folder:
        # `go install` refuses a module that replaces others; and where it lies nothing may be written.
        shutil.copytree(sources, folder, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        _BUILT.parent.mkdir(parents=True, exist_ok=True)
        command = ["nice", "go", "build", "-p", "1", "-ldflags=-s -w", "-o", str(_BUILT), "./cmd/all-in-one"]
        subprocess.run(command, check=True, cwd=folder, env={**os.environ, "CGO_ENABLED": "0"})
    return _BUILT


def get(url: str) -> tuple[int, Any]:
    """Return status and JSON of an answer."""
    try:
        with urlopen(url, timeout=20) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.loads(error.read())


def main() -> None:
    """Play, ask and keep."""
    query, otlp, *others = free_ports(7)
    places = {"query.http-server": query, "collector.otlp.http": otlp}
    rest = ("collector.grpc-server", "collector.http-server", "collector.otlp.grpc", "admin.http", "query.grpc-server")
    places |= dict(zip(rest, others, strict=True))
    flags = [f"--{name}.host-port=127.0.0.1:{port}" for name, port in places.items()]
    process = subprocess.Popen([str(build()), *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{query}/api/services")
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"http://127.0.0.1:{otlp}/v1/traces", json.dumps(BODY).encode(), headers), timeout=20).close()
        time.sleep(2)
        answers = {name: get(f"http://127.0.0.1:{query}{path}") for name, path in ASKED.items()}
    finally:
        process.terminate()
        process.wait(20)
    kept = {name: {"status": status, "json": from_start(answer)} for name, (status, answer) in answers.items()}
    ANSWERS.write_text(json.dumps({"version": VERSION, "answers": kept}, indent=1) + "\n")
    print(f"{len(kept)} answers of Jaeger {VERSION} are in {ANSWERS}", file=sys.stderr)


def _wait(url: str) -> None:
    give_up_at = time.monotonic() + 60
    while time.monotonic() < give_up_at:
        try:
            get(url)
            return
        except URLError:
            time.sleep(0.2)
    raise TimeoutError(url)


if __name__ == "__main__":
    main()
