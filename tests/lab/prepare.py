"""Copies an app into the lab and sets it up with the snippets that its language has."""

import getpass
import re
import shutil
import subprocess
from pathlib import Path

from culpa.instrumentation.snippets import code, snippet
from lab.stacks import APPS, App

#: What is built stays here from one run to the next.
_BUILT = Path(__file__).parents[2] / ".cache" / "lab"


def prepare(app: App, home: Path, port: int, collector_url: str) -> None:
    """Copy the app into its folder below the lab's; it gets what culpa's snippets say, and is built."""
    shutil.copytree(APPS / app.kind, home, ignore=shutil.ignore_patterns("__pycache__"))
    if app.kind == "rails":
        _rails(home)
    elif app.kind == "laravel":
        _laravel(app, home, port, collector_url)
    elif app.kind == "go":
        (home / "telemetry.go").write_text(snippet("go"))
        _build(["go", "build", "-o", "mill", "."], home)
    elif app.kind == "java":
        _java(app, home, collector_url)
    if app.system == "sqlite":
        _sqlite(home.parent / f"{app.name}.db")


def _build(command: list[str], where: Path) -> None:
    """Run what builds an app. Errors: RuntimeError with what it says."""
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed in {where}: {(done.stderr or done.stdout).strip()[-2000:]}")


def _java(app: App, home: Path, collector_url: str) -> None:
    built = _BUILT / "java"
    _build(["mvn", "-q", "-B", "-ntp", "package", f"-Dlab.target={built}"], home)
    shutil.copy(built / "forge.jar", home)
    agent = str(built / "opentelemetry-javaagent.jar")
    told = snippet("java", collector=collector_url, service=app.name)
    (home / "culpa.sh").write_text(told.replace("/opt/opentelemetry/opentelemetry-javaagent.jar", agent))


def _rails(home: Path) -> None:
    for name, text in {
        "config/initializers/culpa.rb": code("rails"),
        "config/environments/production.rb": snippet("rails"),
        "log/production.log": "",
    }.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(text)


def _laravel(app: App, home: Path, port: int, collector_url: str) -> None:
    listen, context, channel = re.split(r"(?m)^// \d\. ", snippet("laravel"))[1:]
    pieces = {"listen": listen, "context": context, "channel": channel}
    for path in (home / "bootstrap/app.php", home / "config/logging.php"):
        path.write_text(re.sub(r"/\* @(\w+)@ \*/", lambda found: "// " + pieces[found[1]], path.read_text()))
    for name in ("storage/logs", "storage/framework/views", "bootstrap/cache"):
        (home / name).mkdir(parents=True)
    (home / "culpa.php").write_text(code("php"))
    words = {"folder": home.parent, "port": port, "user": getpass.getuser()}
    own = re.sub(r"@(\w+)@", lambda found: str(words[found[1]]), (home / "pool.conf").read_text())
    culpa = snippet(
        "php", logs=str(home.parent / "logs"), collector=collector_url, service=app.name,
        code_path=str(home / "culpa.php"),
    )  # fmt: skip
    (home / "pool.conf").write_text(own + culpa)


def _sqlite(file: Path) -> None:
    import sqlite3

    with sqlite3.connect(file) as database:
        database.executescript(
            "create table items (id integer primary key, name text not null, stock int not null check (stock >= 0));"
            "create table orders (id integer primary key, item_id int not null);"
        )
        database.executemany("insert into items values (?, ?, 10)", [(n, f"item {n}") for n in range(1, 51)])
    database.close()
