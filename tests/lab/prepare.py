"""Copies an app into the lab and sets it up with the snippets that its language has."""

import getpass
import re
import shutil
from pathlib import Path

from culpa.instrumentation.snippets import code, snippet
from lab.stacks import APPS, App


def prepare(app: App, home: Path, port: int, collector_url: str) -> None:
    """Copy the app into its folder below the lab's; Rails and Laravel get culpa's file and configuration."""
    shutil.copytree(APPS / app.kind, home, ignore=shutil.ignore_patterns("__pycache__"))
    if app.kind == "rails":
        _rails(home)
    elif app.kind == "laravel":
        _laravel(app, home, port, collector_url)
    if app.system == "sqlite":
        _sqlite(home.parent / f"{app.name}.db")


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
