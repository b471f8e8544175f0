"""Record a shop behind nginx for five minutes: `make recordings` writes notebooks/recordings.

Three releases follow each other; then somebody gives PostgreSQL a time limit that is too short, and takes it back.
Nothing is simulated: the releases differ in their code, and PostgreSQL reads its configuration. `shop.tar.gz` holds what
a collector was sent; `logs.tar.gz` holds, of the same requests, the logs that were there anyway.
"""

import io
import random
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx

from culpa.demo.crew import Crew
from culpa.demo.front import find_front
from culpa.demo.ports import HOST, free_ports, is_open
from culpa.demo.postgres import admin_connection, start_postgres, url
from culpa.demo.tiers import CULPA, clean_environment
from recordings.releases import RELEASES, source_of

HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "notebooks/recordings"
_RECORD = HERE.parent / "lab/record.py"
_SENT = ("otlp.jsonl", "culpa-access.log", "nginx-error.log", "postgresql.log")
_THERE_ANYWAY = ("access.log", "nginx-error.log", "postgresql.log", "shop.log")
_RELEASE_S = 75.0
_BEFORE_S, _SHORT_S, _AFTER_S = 20.0, 40.0, 30.0
_PAUSE_S = 0.33
_LEVELS = ("guest", "silver", "gold")


def main() -> None:
    """Play all acts, and pack what was recorded."""
    random.seed(14)
    folder = Path(tempfile.mkdtemp(prefix="culpa-recording-"))
    folder.chmod(0o755)
    (folder / "logs").mkdir()
    with ExitStack() as ends:
        play(ends, folder)
    pack(folder, "shop", _SENT)
    pack(folder, "logs", _THERE_ANYWAY)


def pack(folder: Path, name: str, files: Sequence[str]) -> None:
    """Write files into one archive; where the shop lay on this machine nobody needs to know."""
    places = {str(folder): "/srv", sys.prefix: "/srv/venv", str(HERE.parents[1]): "/srv/culpa"}
    target = TARGET / f"{name}.tar.gz"
    target.parent.mkdir(exist_ok=True)
    with tarfile.open(target, "w:gz") as archive:
        for file in files:
            text = (folder / "logs" / file).read_text("utf-8")
            for place, said in places.items():
                text = text.replace(place, said)
            data = text.encode()
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    print(f"{target}: {target.stat().st_size // 1024} KB; the run is in {folder}")


def play(ends: ExitStack, folder: Path) -> None:
    """Start all tiers, and send requests while they change."""
    crew = Crew(folder / "logs")
    ends.callback(crew.stop)
    database, collector, recorder, carrier, stock, shop, web = free_ports(7)
    start_postgres(crew, folder, database)
    _prepare(database)
    told = f"http://{HOST}:{recorder}"
    settings = {"CULPA_HTTP_PORT": str(collector), "CULPA_GRPC_PORT": "0", "CULPA_MIN_FREE_BYTES": "0"}
    keep = [*CULPA, "collect", "--store", str(folder / "store")]
    crew.start("collector", keep, ready=lambda: is_open(collector), env=clean_environment() | settings, cwd=folder)
    stop = [sys.executable, str(_RECORD), str(recorder), f"http://{HOST}:{collector}", str(folder / "logs/otlp.jsonl")]
    crew.start("recorder", stop, ready=lambda: is_open(recorder), cwd=folder)
    env = clean_environment() | {
        "OTEL_EXPORTER_OTLP_ENDPOINT": told,
        "DATABASE_URL": url(database),
        "STOCK_URL": f"http://{HOST}:{stock}",
        "CARRIER_URL": f"http://{HOST}:{carrier}",
    }
    outside = [sys.executable, "-m", "uvicorn", "carrier:app", "--host", HOST, "--port", str(carrier)]
    crew.start("carrier", outside, ready=lambda: is_open(carrier), cwd=HERE)
    _serve(ends, folder, "stock", "2.0.0", stock, env)
    stop_shop = _serve(ends, folder, "shop", "1.4.1", shop, env)
    _serve_web(crew, folder, web=web, shop=shop)
    send = f"http://{HOST}:{web}"
    for release in RELEASES:
        if release != "1.4.1":
            stop_shop()
            stop_shop = _serve(ends, folder, "shop", release, shop, env)
        _say(f"release {release}")
        _requests(send, _RELEASE_S)
    _requests(send, _BEFORE_S)
    _set(database, "alter system set statement_timeout = '25ms'")
    _requests(send, _SHORT_S)
    _set(database, "alter system reset statement_timeout")
    _requests(send, _AFTER_S)
    time.sleep(6)  # what is on its way arrives


def _prepare(database: int) -> None:
    with admin_connection(database) as server:
        server.execute("update products set stock = 100000")
        server.execute("create table reviews (sku text not null, words text not null)")
        server.execute(
            "insert into reviews select sku, md5(n::text) || ' a good ' || name from products, generate_series(1, 50000) as n"
        )
        server.execute("grant select on reviews to shop")


def _serve_web(crew: Crew, folder: Path, **ports: int) -> None:
    snippet = [*CULPA, "snippet", "nginx", "--logs", str(folder / "logs")]
    (folder / "culpa.conf").write_bytes(subprocess.run(snippet, check=True, capture_output=True).stdout)
    (folder / "nginx.conf").write_text((HERE / "nginx.conf").read_text("utf-8") % {"folder": folder, **ports})
    start = [str(find_front("nginx").program), "-p", str(folder), "-e", str(folder / "logs/nginx-start.log")]
    crew.start("nginx", [*start, "-c", str(folder / "nginx.conf")], ready=lambda: is_open(ports["web"]), cwd=folder)


def _set(database: int, statement: str) -> None:
    _say(statement)
    with admin_connection(database) as server:
        server.execute(statement.encode())
        server.execute("select pg_reload_conf()")


def _serve(
    ends: ExitStack, folder: Path, name: str, release: str, port: int, env: dict[str, str]
) -> Callable[[], None]:
    """Start a service in a release; return what stops it."""
    code = folder / f"{name}-{release}"
    code.mkdir()
    text = (HERE / f"{name}.py").read_text("utf-8")
    (code / f"{name}.py").write_text(source_of(release, text) if name == "shop" else text, "utf-8")
    version = {"OTEL_RESOURCE_ATTRIBUTES": f"service.version={release}"}
    uvicorn = [
        sys.executable,
        "-m",
        "uvicorn",
        f"{name}:app",
        "--host",
        HOST,
        "--port",
        str(port),
        "--log-config",
        str(HERE / "logging.json"),
    ]
    command = [*CULPA, "run", "--service", name, "--", *uvicorn, "--timeout-keep-alive", "300"]
    own = Crew(folder / "logs")
    ends.callback(own.stop)
    own.start(name, command, ready=lambda: is_open(port), env=env | version, cwd=code)
    return own.stop


def _requests(to: str, seconds: float) -> None:
    """Send what customers send, for so long."""
    until = time.monotonic() + seconds
    with httpx.Client(base_url=to, timeout=10, trust_env=False) as customer:
        while time.monotonic() < until:
            sku = random.choice(("tea-green", "tea-black", "mug-blue"))
            kind = random.random()
            if kind < 0.05:
                customer.get("/products/gift-voucher")
            elif kind < 0.13:
                customer.get("/delivery")
            elif kind < 0.50:
                customer.get(f"/products/{sku}")
            elif kind < 0.70:
                customer.get("/search", params={"q": random.choice(("good green", "blue", "tea"))})
            else:
                customer.post("/orders", params={"sku": sku, "level": random.choice(_LEVELS)})
            time.sleep(_PAUSE_S * random.uniform(0.5, 1.5))


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


if __name__ == "__main__":
    main()
