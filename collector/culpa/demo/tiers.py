"""All tiers of the demo, started in the order in which they need each other."""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from culpa.demo.crew import Crew
from culpa.demo.front import Front, start_front
from culpa.demo.places import Places
from culpa.demo.ports import HOST, free_ports, is_open, shut_port
from culpa.demo.postgres import start_postgres, url

#: A failing trace is judged when nothing of it came for so long (seconds): shorter than the collector's
#: default, longer than the slowest fault goes on after its client was answered.
SETTLE_S = 3.0
#: The demo stores a few megabytes; a nearly full disk need not stop it.
MIN_FREE_BYTES = 64 * 1024**2
CULPA = (sys.executable, "-m", "culpa.instrumentation.cli")
_HERE = Path(__file__).parent
#: Settings of the user's own shell that would change the demo.
_FOREIGN = (
    "CULPA_",
    "OTEL_",
    "PG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
)


@dataclass(frozen=True)
class Tiers:
    """Where everything is."""

    web_url: str
    collector_url: str
    database_port: int
    places: Places


def clean_environment() -> dict[str, str]:
    """Return our environment without what would change the demo."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}


def start_tiers(
    crew: Crew, front: Front, folder: Path, store: Path, held: ExitStack, say: Callable[[str], None]
) -> Tiers:
    """Start all tiers. Errors: Trouble when one does not start; `say` tells of each that did."""
    database, payments, collector, shop, web = free_ports(5)
    places = Places(front.name, database, payments, shut_port(held))
    env = clean_environment()
    start_postgres(crew, folder, database)
    say(f"PostgreSQL listens on {HOST}:{database}")
    outside = [sys.executable, str(_HERE / "outside" / "payments.py"), str(payments)]
    crew.start("payments", outside, ready=lambda: is_open(payments), env=env, cwd=folder)
    say(f"payments, an outside company, answers on {places.payments}")
    collector_url = f"http://{HOST}:{collector}"
    _start_collector(crew, folder, store, collector, front.tail(folder / "logs"), env)
    say(f"culpa collect listens on {collector_url} and stores in {store}")
    telemetry = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector_url, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
    _start_shop(crew, folder, shop, env | telemetry | _shop_environment(places))
    say(f"the shop runs under `culpa run` on http://{HOST}:{shop}, two processes")
    ports = {"web_port": web, "shop_port": shop, "nobody_port": places.nobody_port}
    traced = {"OTEL_SERVICE_NAME": front.name, "OTEL_BSP_SCHEDULE_DELAY": "500"}
    start_front(crew, front, folder, ports, env | telemetry | traced)
    say(f"{front.name} listens on http://{HOST}:{web}")
    return Tiers(f"http://{HOST}:{web}", collector_url, database, places)


def _start_collector(crew: Crew, folder: Path, store: Path, port: int, logs: list[str], env: dict[str, str]) -> None:
    settings = {"HTTP_PORT": port, "GRPC_PORT": 0, "SETTLE_S": SETTLE_S, "MIN_FREE_BYTES": MIN_FREE_BYTES}
    variables = {f"CULPA_{name}": str(value) for name, value in settings.items()}
    command = [*CULPA, "collect", "--store", str(store)]
    for entry in logs:
        command += ["--tail", entry]
    crew.start(
        "collector",
        command,
        ready=lambda: _answers(f"http://{HOST}:{port}/readyz"),
        env=env | variables,
        cwd=folder,
    )


def _start_shop(crew: Crew, folder: Path, port: int, env: dict[str, str]) -> None:
    # A copy outside site-packages: culpa shall see it as the user's own code, and the reader may change it.
    shutil.copytree(_HERE / "shop", folder / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    uvicorn = [
        sys.executable,
        "-m",
        "uvicorn",
        "shop.app:app",
        "--host",
        HOST,
        "--port",
        str(port),
        "--workers",
        "2",
        # Longer than the web server keeps an idle connection: one that is closed just when it is used again would be
        # a failure that the demo did not mean.
        "--timeout-keep-alive",
        "300",
    ]
    command = [*CULPA, "run", "--", *uvicorn]
    crew.start("shop", command, ready=lambda: _answers(f"http://{HOST}:{port}/health"), env=env, cwd=folder)


def _shop_environment(places: Places) -> dict[str, str]:
    return {
        "DATABASE_URL": url(places.database_port),
        "ARCHIVE_DATABASE_URL": url(places.nobody_port, database="archive"),
        "LOYALTY_DATABASE_URL": url(places.database_port, password="expired-last-week"),  # noqa: S106 - wrong on purpose
        "PAYMENTS_URL": places.payments,
        "SHIPPING_URL": places.nobody,
        "RATES_URL": places.rates,
        "TAX_URL": places.tax_office,
        # Every write to this device fails with "no space left".
        "INVOICE_FILE": "/dev/full",
        # Without a name server the resolver would try for half a minute.
        "RES_OPTIONS": "timeout:1 attempts:1",
    }


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
