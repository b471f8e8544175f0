"""The Apache of the lab."""

import os
import shutil
from pathlib import Path

from culpa.demo.ports import is_open
from culpa.instrumentation.snippets import snippet
from lab.fronts.site import Grounds, Site
from lab.process import Process

_MODULES = "mpm_event authz_core unique_id setenvif headers env rewrite alias dir mime cgid proxy proxy_http proxy_fcgi ssl proxy_balancer lbmethod_byrequests slotmem_shm"
_PLACES = ("/usr/lib/apache2/modules", "/usr/lib/httpd/modules", "/usr/lib64/httpd/modules")
_HEAD = r"""
ServerRoot {folder}
ServerName lab.test
PidFile {folder}/httpd.pid
Mutex file:{folder} default
DefaultRuntimeDir {folder}
TypesConfig /etc/mime.types
ScriptSock {folder}/cgisock
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
ProxyTimeout {patience_s}
Timeout 8
LogLevel warn
ErrorLog {folder}/logs/apache/error.log
Include {folder}/culpa-apache.conf
SSLProxyEngine on
DocumentRoot {folder}/html
<Directory {folder}/html>
  AllowOverride All
  Require all granted
  Options +ExecCGI +FollowSymLinks
</Directory>
AddHandler cgi-script .cgi
"""
_SITE = """
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
  SSLProxyEngine on
  ProxyPass /front/nobody http://127.0.0.1:{closed_port}/ retry=0
  ProxyPass /front/silent http://127.0.0.1:{hole_port}/ connectiontimeout=1 retry=0
  ProxyPass /front/garbage http://127.0.0.1:{outside_port}/garbage
  ProxyPass /front/mute http://127.0.0.1:{outside_port}/mute
  ProxyPass /front/tls https://127.0.0.1:{outside_port}/
  ProxyPass /front/lost-name http://shop.invalid/
  ProxyPass /front/cut http://127.0.0.1:{outside_port}/reset retry=0
  ProxyPass /front/double http://127.0.0.1:{outside_port}/double retry=0
  ProxyPass /front/not-http http://127.0.0.1:{outside_port}/nonsense retry=0
  ProxyPass /front/not-fastcgi fcgi://127.0.0.1:{outside_port}/x retry=0
  ProxyPass /front/verified https://127.0.0.1:{secure_port}/ retry=0
  ProxyPass /front/plain-to-tls http://127.0.0.1:{secure_port}/ retry=0
  ProxyPass /front/no-socket unix:{folder}/nobody.sock|http://nobody.test/ retry=0
  ProxyPass /front/socket unix:{socket}|http://private.test/ retry=0
  ProxyPass /front/no-handler ajp://127.0.0.1:{outside_port}/
  <Proxy balancer://none{port}>
    BalancerMember http://127.0.0.1:{closed_port}
    BalancerMember http://127.0.0.2:{closed_port}
  </Proxy>
  ProxyPass /front/none-left balancer://none{port}/
  <Location /front/overridden>
    ProxyErrorOverride on
  </Location>
  <Proxy "https://127.0.0.1:{secure_port}/">
    SSLProxyVerify require
  </Proxy>
  {overridden}
  ProxyPass /front/maintenance !
  ProxyPass /front/late-script !
  ProxyPass /front/no-interpreter !
  ProxyPass /front/not-executable !
  ProxyPass /front/dying-script !
  ProxyPass /front/script-503 !

  ProxyPass /front/htoption !
  ProxyPass /front/handler !
  ProxyPass /front/missing-root !
  Redirect 503 /front/maintenance
  Alias /front/no-interpreter {folder}/html/no-interpreter.cgi
  Alias /front/not-executable {folder}/html/not-executable.cgi
  Alias /front/dying-script {folder}/html/dying.cgi
  Alias /front/script-503 {folder}/html/answers503.cgi
  Alias /front/late-script {folder}/html/late.cgi
  Alias /front/htoption {folder}/html/option
  Alias /front/handler {folder}/html/handler
  Alias /front/missing-root /srv/nowhere
  ProxyPass /front/script !
  ProxyPass /front/htaccess !
  ProxyPass /front/loop !
  Alias /front/script {folder}/html/broken.cgi
  Alias /front/htaccess {folder}/html/misspelt
  Alias /front/loop {folder}/html/loop
  {proxy}
</VirtualHost>
"""


def apache(grounds: Grounds, sites: list[Site]) -> Process:
    """Write the configuration and its few files, and return the server; it is not started."""
    program = shutil.which("apache2", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("the lab needs Apache; run .ci/packages, or install the package apache2-bin")
    modules = next(Path(place) for place in _PLACES if Path(place).is_dir())
    loads = [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in _MODULES.split()]
    if os.geteuid() == 0:
        loads += ["User www-data", "Group www-data"]
    _write_files(grounds.folder / "html")
    (grounds.folder / "culpa-apache.conf").write_text(snippet("apache", logs=str(grounds.folder / "logs" / "apache")))
    config = grounds.folder / "apache.conf"
    text = "\n".join(loads) + _HEAD.format(**vars(grounds))
    text += "".join(
        _SITE.format(**vars(grounds), port=site.port, proxy=_forward(site), overridden=_overridden(site))
        for site in sites
    )
    config.write_text(text)
    command = [program, "-D", "FOREGROUND", "-f", str(config)]
    env = {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"}
    return Process("apache", command, lambda: all(is_open(site.port) for site in sites), env, grounds.folder)


def _write_files(place: Path) -> None:
    for name, content in {
        "broken.cgi": "#!/bin/sh\nexit 1\n",
        "no-interpreter.cgi": "#!/opt/nowhere/perl\n",
        "dying.cgi": "#!/bin/sh\nkill -9 $$\n",
        "late.cgi": "#!/bin/sh\nsleep 10\n",
        "answers503.cgi": "#!/bin/sh\nprintf 'Status: 503 Later\\r\\nContent-Type: text/plain\\r\\n\\r\\nlater'\n",
        "option/.htaccess": "<Directory />\n</Directory>\n",
        "option/index.html": "never seen\n",
        "handler/.htaccess": "SetHandler never-loaded\n",
        "handler/index.html": "seen all the same\n",
        "misspelt/.htaccess": "RewriteEngin on\n",
        "misspelt/index.html": "never seen\n",
        "loop/.htaccess": "RewriteEngine on\nRewriteBase /front/loop/\nRewriteRule ^(.*)$ x$1 [L]\n",
    }.items():
        file = place / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        file.chmod(0o755)
    (place / "not-executable.cgi").write_text("#!/bin/sh\n")


def _forward(site: Site) -> str:
    if not site.is_fastcgi:
        # No pause after a failure: the next request shall try again, as the next fault has nothing to do with it.
        return f"ProxyPass / http://{site.address}/ retry=0 disablereuse=on"
    return f'ProxyPassMatch "^/(.*)$" "fcgi://{site.address}{site.script}"'


def _overridden(site: Site) -> str:
    return (
        ""
        if site.is_fastcgi
        else f"ProxyPass /front/overridden http://{site.address}/answer/500 retry=0 disablereuse=on"
    )
