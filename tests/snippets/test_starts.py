"""The five-minute starts are played as they stand: files are written, commands are run, and the verdict is the one that they promise."""

import json
import os
import re
import subprocess
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from culpa.collector.formats import formats
from culpa.knowledge import causes

ROOT = Path(__file__).parents[2]
PAGES = {page.stem: page.read_text("utf-8") for page in sorted((ROOT / "docs" / "start").glob("*.md"))}
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.M | re.S)
PROMISED = re.compile(r"The verdict says `([\w.]+)`")
MODULES = ROOT / ".cache" / "node" / "node_modules"
#: How a command begins that is not run here, and why.
NOT_RUN = {
    "pip install": "the tests' environment has it; `make wheel` tries each extra in an empty one",
    "npm install": "`make node` does",
    "OTEL_SERVICE_NAME=shop OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 bin/rails": "test_rails.py runs Debian's Rails with this file",
    "php-fpm8.2": "test_laravel.py runs Debian's Laravel in PHP-FPM with these files",
    "systemctl": "test_laravel.py starts PHP-FPM itself",
    "culpa run -- uvicorn shop:app": "test_other_agents.py runs it with four vendors' agents in the process",
}


@dataclass
class Player:
    """Plays one page in a folder, on free ports in place of 8000 and 4318."""

    crew: Any
    environ: dict[str, str]
    collector_port: int
    app_port: int

    @property
    def folder(self) -> Path:
        """Return where it is played."""
        return Path(self.crew.folder)

    def play(self, text: str) -> None:
        """Do what the page says, in its order. Lines of NOT_RUN are left out."""
        for language, title, body in BLOCK.findall(text):
            if language == "sh":
                for line in body.splitlines():
                    if not line.startswith(tuple(NOT_RUN)):
                        self.run(line)
            else:
                file = self.folder / title
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(body.replace("8000", str(self.app_port)))

    def run(self, line: str) -> None:
        """Run one line of a shell; what serves is left running."""
        line = line.replace("8000", str(self.app_port)).replace("4318", str(self.collector_port))
        line = self.here(line)
        if line.startswith("culpa collect"):
            # A later `culpa collect` of a page is another way to start the same: on a store and a port of its own.
            again = (self.folder / "culpa-store").exists()
            more = " --store other-store --http-port 0" if again else ""
            self.crew.start(["sh", "-c", "exec " + line + more], 0 if again else self.collector_port, env=self.environ)
        elif line.startswith("culpa open"):
            port = self.app_port
            self.crew.start(["sh", "-c", f"exec {line} --port {port} --no-browser"], port, env=self.environ)
        elif "culpa run" in line or "node shop.js" in line:
            self.crew.start(["sh", "-c", _replaced_by(line)], self.app_port, env=self.environ)
        else:
            self.ask(line)

    def here(self, text: str) -> str:
        """Return a text with places of the test's own."""
        return text.replace("/etc/php", f"{self.folder}/php").replace("/var/log", f"{self.folder}/log")

    def ask(self, line: str) -> None:
        """Run a command that ends; it must end well."""
        if "4bf92f35" in line:
            line = line.replace("4bf92f35", self.verdict()["trace_id"][:8])
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self._asking(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert 0 == done.returncode, (line, done.stdout, done.stderr)
        if written := re.search(r"> (\S+\.conf)$", line):
            file = Path(written[1])
            file.write_text(self.here(file.read_text()))

    def verdict(self) -> dict[str, Any]:
        """Return the one verdict, once it stands."""
        deadline = time.monotonic() + 60
        while True:
            done = subprocess.run(
                ["culpa", "verdicts", "--json"], env=self._asking(), capture_output=True, text=True, check=False
            )
            found = json.loads(done.stdout or "[]")
            if found and found[0]["settled"]:
                [one] = found
                return dict(one)
            assert time.monotonic() < deadline, (done.stdout, done.stderr)
            time.sleep(0.5)

    def _asking(self) -> dict[str, str]:
        # `culpa collect` would take it for the place of its store.
        return self.environ | {"CULPA_STORE": f"http://127.0.0.1:{self.collector_port}"}


def _replaced_by(line: str) -> str:
    """Return the line so that the shell becomes the program at its end, which then gets the signals."""
    before, and_then, last = line.rpartition("&& ")
    assigned, program = re.fullmatch(r"((?:[A-Z_]+=\S+ )*)(.*)", last).groups()  # type: ignore[union-attr]
    return f"{before}{and_then}{assigned}exec {program}"


@pytest.fixture
def player(own_crew: Any, environment: Any, new_port: Any) -> Player:
    collector, app = new_port(), new_port()
    path = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]
    settings = {
        "CULPA_HTTP_PORT": str(collector),
        "CULPA_GRPC_PORT": "0",
        "CULPA_SETTLE_S": "1",
        "CULPA_MIN_FREE_BYTES": "1",
    }
    sending = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector}", "NODE_PATH": str(MODULES)}
    (own_crew.folder / "log").mkdir()
    return Player(own_crew, environment(PATH=path, **settings, **sending), collector, app)


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if PROMISED.search(text)])
def test_a_start_leads_to_the_verdict_that_it_promises(player: Player, name: str) -> None:
    assert name != "node" or MODULES.is_dir(), "the packages of the app are not installed: make node"
    player.play(PAGES[name])
    verdict = player.verdict()
    assert (PROMISED.findall(PAGES[name]), "shop") == ([verdict["cause"]], verdict["service"])
    assert re.match(r".*\b(?:shop|urls)\.(?:py|js):\d+", verdict["location"])


def test_the_start_with_logs_names_what_failed(player: Player) -> None:
    """From the recording that comes with the repository."""
    (player.folder / "notebooks").symlink_to(ROOT / "notebooks")
    player.play(
        PAGES["logs"].replace(
            "culpa verdicts --store incident.duckdb", "culpa verdicts --store incident.duckdb --json > found.json"
        )
    )
    found = {row["cause"] for row in json.loads((player.folder / "found.json").read_text())}
    promised = {code for code in causes() if f"`{code}`" in PAGES["logs"]}
    assert promised
    assert promised <= found


def test_the_start_beside_others_reads_a_trace_of_jaeger(player: Player) -> None:
    (player.folder / "jaeger.json").write_bytes((ROOT / "tests/collector/ingest/traces/jaeger.json").read_bytes())
    player.play(PAGES["beside"])
    assert "otlphttp/culpa" in (player.folder / "culpa.yaml").read_text()


def test_the_start_with_rails_writes_files_that_ruby_reads(player: Player, find: Any) -> None:
    """Debian's Rails runs with them in test_rails.py."""
    (player.folder / "config" / "initializers").mkdir(parents=True)
    player.play(PAGES["rails"])
    player.ask(f"{find('ruby', 'ruby')} -c config/initializers/culpa.rb")


def test_the_start_with_laravel_writes_files_that_php_reads(player: Player, find: Any) -> None:
    """Debian's Laravel runs with them in test_laravel.py."""
    pools = player.folder / "php" / "8.2" / "fpm" / "pool.d"
    pools.mkdir(parents=True)
    (pools.parent / "php-fpm.conf").write_text(f"[global]\nprocess_control_timeout = 10s\ninclude={pools}/*.conf\n")
    player.play(PAGES["laravel"])
    player.ask(f"{find('php', 'php-cli')} -l php/culpa.php")


def test_each_format_that_a_start_follows_is_one() -> None:
    for name, text in PAGES.items():
        assert (name, set()) == (name, set(re.findall(r"--tail (\w+)=", text)) - set(formats()))


def test_nothing_is_left_out_for_a_reason_that_is_gone() -> None:
    lines = [
        line
        for text in PAGES.values()
        for language, _, body in BLOCK.findall(text)
        if language == "sh"
        for line in body.splitlines()
    ]
    assert [] == [begin for begin in NOT_RUN if not any(line.startswith(begin) for line in lines)]
