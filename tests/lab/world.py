"""Everything that runs in the lab, started once; the faults come and go."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from culpa.demo.ports import HOST, free_ports, is_open
from culpa.demo.tiers import clean_environment
from lab.fronts.apache import apache
from lab.fronts.caddy import caddy
from lab.fronts.nginx import nginx
from lab.fronts.site import Grounds, Site
from lab.machine import certificate, closed_port, closed_socket, hole, kernel_log, small_disk
from lab.places import Ports, component, database_url
from lab.prepare import prepare
from lab.process import Process
from lab.services import mariadb, postgres, rabbitmq
from lab.services.redis import redis
from lab.stacks import FRONTS, App
from lab.watch import collector, recorder, telemetry

Say = Callable[[str], None]
#: A web server waits so long for an app (seconds).
PATIENCE_S = 4


@dataclass
class World:
    """The lab that is up."""

    folder: Path
    ports: Ports
    apps: Sequence[App]
    fronts: Sequence[str]
    app_ports: dict[str, int]
    site_ports: dict[tuple[str, str], int]
    small_disk: Path | None
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def abilities(self) -> frozenset[str]:
        """Return what this machine lends to every stack."""
        found = {
            "small-disk": self.small_disk is not None,
            "root": os.geteuid() == 0,
            "kernel-log": "kernel" in self.processes,
            "broker": "rabbitmq" in self.processes,
        }
        return frozenset(name for name, is_there in found.items() if is_there)

    @property
    def collector_url(self) -> str:
        """Return where the collector answers."""
        return f"http://{HOST}:{self.ports.collector}"

    def url(self, front: str, app: App) -> str:
        """Return the app's site on a web server."""
        return f"http://{HOST}:{self.site_ports[front, app.name]}"

    def component(self, at: str, app: App, front: str) -> str:
        """Return the component that plays this part."""
        return component(at, app, front, self.app_ports[app.name], self.ports, self.folder)

    @property
    def database_logs(self) -> list[Path]:
        """Return the databases' own logs that there are."""
        return [log for log in (postgres.log(self.folder), *mariadb.logs(self.folder).values()) if log.exists()]

    def keep(self, folder: Path) -> None:
        """Copy the store and the logs into a folder; the collector stops."""
        self.processes["collector"].stop()
        shutil.copytree(self.folder / "store", folder / "store")
        shutil.copytree(self.folder / "logs", folder / "logs")
        shutil.copy(self.folder / "otlp.jsonl", folder)
        for log in self.database_logs:
            shutil.copy(log, folder / "logs")

    def answers(self, app: App) -> bool:
        """Say whether the app itself answers well; of one that speaks FastCGI, whether it accepts."""
        if app.scheme == "fastcgi":
            return is_open(self.app_ports[app.name])
        try:
            answer = httpx.get(f"http://{HOST}:{self.app_ports[app.name]}/ok", timeout=2.0, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200


@contextmanager
def world(
    apps: Sequence[App],
    fronts: Sequence[str],
    say: Say,
    *,
    has_broker: bool = True,
    between: Callable[[World], Process] = recorder,
) -> Generator[World]:
    """Start everything that these apps need, a broker only if told; at the end nothing of it is left.

    The apps send their telemetry to what `between` returns.

    Errors: Trouble when something does not start, FileNotFoundError when it is not installed.
    """
    with ExitStack() as held:
        folder = Path(tempfile.mkdtemp(prefix="culpa-lab-"))
        held.callback(shutil.rmtree, folder, ignore_errors=True)
        # Other users pass through it: the database and the web servers' workers are not root.
        folder.chmod(0o711)
        for name in ("html", *(f"logs/{front}" for front in FRONTS)):
            (folder / name).mkdir(parents=True)
        on = _lay_out(folder, apps, fronts, held)
        held.callback(_stop_all, on)
        _start_services(on, say, has_broker=has_broker)
        _begin(on, collector(on))
        _begin(on, between(on))
        say("the collector listens")
        for app in apps:
            _launch_app(on, app)
        for app in apps:
            on.processes[app.name].wait()
            say(f"{app.name} answers: {app.title}")
        _start_fronts(on)
        say(f"{', '.join(fronts)} listen: {len(apps) * len(fronts)} sites")
        yield on


def _lay_out(folder: Path, apps: Sequence[App], fronts: Sequence[str], held: ExitStack) -> World:
    numbers = iter(free_ports(15 + len(apps) + len(apps) * len(fronts)))
    ports = Ports(*(next(numbers) for _ in range(13)), closed=closed_port(held), hole=hole(held))
    return World(
        folder, ports, apps, fronts, {app.name: next(numbers) for app in apps},
        {(front, app.name): next(numbers) for front in fronts for app in apps}, small_disk(folder, held),
    )  # fmt: skip


def _stop_all(on: World) -> None:
    for process in reversed(on.processes.values()):
        process.stop()


def _begin(on: World, process: Process) -> Process:
    on.processes[process.name] = process
    process.start()
    return process


def _start_services(on: World, say: Say, *, has_broker: bool) -> None:
    systems, folder, ports = {app.system for app in on.apps}, on.folder, on.ports
    outside = [sys.executable, str(Path(__file__).parent / "services" / "outside.py"), str(ports.outside)]
    kernel = kernel_log(folder)
    if kernel is not None:
        _begin(on, kernel)
    _begin(on, Process("outside", outside, lambda: is_open(ports.outside), clean_environment(), folder))
    _begin(on, redis(folder, "redis", ports.redis, "--user", "clerk", "on", ">clerk", "~*", "+@all", "-flushall"))
    # A write beyond its memory is refused; and a replica whose master is gone takes none.
    _begin(on, redis(folder, "redis-full", ports.redis_full, "--maxmemory", "1", "--maxmemory-policy", "noeviction"))
    _begin(on, redis(folder, "redis-replica", ports.redis_replica, "--replicaof", HOST, str(ports.closed)))
    _begin(on, redis(folder, "redis-secret", ports.redis_secret, "--requirepass", "secret"))
    # Its second port is the first one and 10000 unless told, which is none above 55535.
    second = str(free_ports(1)[0])
    _begin(
        on, redis(folder, "redis-cluster", ports.redis_cluster, "--cluster-enabled", "yes", "--cluster-port", second)
    )
    secure = [*outside[:-1], str(ports.secure), str(certificate(folder))]
    _begin(on, Process("outside-secure", secure, lambda: is_open(ports.secure), clean_environment(), folder))
    if has_broker:
        mapper, distribution = free_ports(2)
        _begin(on, rabbitmq.port_mapper(folder, mapper))
        _begin(on, rabbitmq.rabbitmq(folder, ports.rabbitmq, mapper, distribution))
        rabbitmq.prepare(ports.rabbitmq)
        say("RabbitMQ listens")
    if "postgresql" in systems:
        server = _begin(on, postgres.postgres(folder, ports.postgres))
        names = [app.name for app in on.apps if app.system == "postgresql"]
        postgres.create_databases(ports.postgres, names, _tablespace(on))
        postgres.garble(server, folder, ports.postgres, names)
        say("PostgreSQL listens")
    if "mysql" in systems:
        server = _begin(on, mariadb.mariadb(folder, ports.mariadb))
        names = [app.name for app in on.apps if app.system == "mysql"]
        mariadb.create_databases(ports.mariadb, names)
        mariadb.garble(server, folder, names)
        say("MariaDB listens")


def _tablespace(on: World) -> Path | None:
    if on.small_disk is None:
        return None
    place, owner = on.small_disk / "postgres", postgres.user()
    place.mkdir(mode=0o700)
    if owner is not None:
        os.chown(place, owner, owner)
    return place


def _launch_app(on: World, app: App) -> None:
    home, ports = on.folder / app.name, on.ports
    prepare(app, home, on.app_ports[app.name], telemetry(on)["OTEL_EXPORTER_OTLP_ENDPOINT"])
    told = {
        "LAB_DATABASE": database_url(app, ports, on.folder, postgres.PASSWORD), "LAB_DRIVER": app.driver,
        "LAB_CLIENT": app.client, "LAB_OUTSIDE": f"http://{HOST}:{ports.outside}", "LAB_FOLDER": str(on.folder),
        "LAB_CLOSED_PORT": str(ports.closed), "LAB_HOLE_PORT": str(ports.hole), "LAB_REDIS": str(ports.redis),
        "LAB_REDIS_FULL": str(ports.redis_full), "LAB_REDIS_REPLICA": str(ports.redis_replica),
        "LAB_REDIS_SECRET": str(ports.redis_secret), "LAB_REDIS_CLUSTER": str(ports.redis_cluster), "LAB_SECURE": str(ports.secure),
        "LAB_RABBITMQ": str(ports.rabbitmq), "LAB_SMALL_DISK": str(on.small_disk or ""),
        "LAB_GRANARY": str(ports.granary),
        "LAB_PORT": str(on.app_ports[app.name]), "OTEL_SERVICE_NAME": app.name, "RES_OPTIONS": "timeout:1 attempts:1",
        "TZ": "UTC",
    }  # fmt: skip
    command = [part.format(port=on.app_ports[app.name], php_fpm=_php_fpm()) for part in app.serve]
    env = {**clean_environment(), **telemetry(on), **told, **dict(app.env)}
    process = Process(app.name, command, lambda: on.answers(app), env, on.folder)
    process.cwd = home
    on.processes[app.name] = process
    process.launch()


def _php_fpm() -> str:
    """Return PHP-FPM, whose name ends with PHP's version."""
    return str(max(Path("/usr/sbin").glob("php-fpm[0-9]*"), default="php-fpm"))


def _start_fronts(on: World) -> None:
    grounds = Grounds(
        on.folder, on.ports.closed, on.ports.hole, on.ports.outside, on.ports.secure, PATIENCE_S, closed_socket(on.folder),
    )  # fmt: skip
    for front in on.fronts:
        sites = [
            Site(
                on.site_ports[front, app.name], f"{app.scheme}://{HOST}:{on.app_ports[app.name]}",
                str(on.folder / app.name / "public/index.php"),
            )
            for app in on.apps
        ]  # fmt: skip
        made = {
            "nginx": lambda sites: nginx(grounds, sites),
            "apache": lambda sites: apache(grounds, sites),
            "caddy": lambda sites: caddy(grounds, sites, {**clean_environment(), **telemetry(on)}),
        }[front](sites)
        _begin(on, made)
        time.sleep(0.1)
