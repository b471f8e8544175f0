"""The nginx of the lab."""

import os
import shutil

from culpa.demo.ports import is_open
from culpa.instrumentation.snippets import snippet
from lab.fronts.site import Grounds, Site
from lab.process import Process

_HEAD = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/logs/nginx/error.log error;
events {{ worker_connections 512; }}
http {{
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  include {folder}/culpa-nginx.conf;
  proxy_http_version 1.1;
  proxy_connect_timeout 1s;
  proxy_read_timeout {patience_s}s;
  fastcgi_connect_timeout 1s;
  fastcgi_read_timeout {patience_s}s;
  limit_req_zone $server_port zone=orders:1m rate=1r/m;
  limit_conn_zone $server_port zone=carts:1m;
  resolver 127.0.0.1:{closed_port};
  resolver_timeout 1s;
"""
_SITE = """
  upstream two_{port} {{ server 127.0.0.1:{closed_port} max_fails=0; server {address} max_fails=0 backup; }}
  upstream none_{port} {{ server 127.0.0.1:{closed_port}; server 127.0.0.2:{closed_port}; }}
  server {{
    listen 127.0.0.1:{port};
    location /front/closed-shop {{ return 500 "closed"; }}
    location /front/nobody {{ proxy_pass http://127.0.0.1:{closed_port}; }}
    location /front/silent {{ proxy_pass http://127.0.0.1:{hole_port}; }}
    location /front/garbage {{ proxy_pass http://127.0.0.1:{outside_port}/garbage; }}
    location /front/mute {{ proxy_pass http://127.0.0.1:{outside_port}/mute; }}
    location /front/tls {{ proxy_pass https://127.0.0.1:{outside_port}/; }}
    location /front/lost-name {{ set $where shop.invalid; proxy_pass http://$where/; }}
    location /front/socket {{ proxy_pass http://unix:{socket}:/; }}
    location /front/loop {{ rewrite ^/front/loop(.*)$ /front/loop/x$1 last; }}
    location /front/maintenance {{ return 503 "later"; }}
    location /front/cut {{ proxy_pass http://127.0.0.1:{outside_port}/reset; }}
    location /front/double {{ proxy_pass http://127.0.0.1:{outside_port}/double; }}
    location /front/both {{ proxy_pass http://127.0.0.1:{outside_port}/both; }}
    location /front/not-http {{ proxy_pass http://127.0.0.1:{outside_port}/nonsense; }}
    location /front/not-fastcgi {{ include /etc/nginx/fastcgi_params; fastcgi_pass 127.0.0.1:{outside_port}; }}
    location /front/circle {{ try_files /nowhere /front/circle/index; }}
    location /front/no-url {{ set $backend ""; proxy_pass $backend; }}
    location /front/no-host {{ set $backend ""; proxy_pass http://$backend:80; }}
    location /front/verified {{ proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt; proxy_pass https://127.0.0.1:{secure_port}/; }}
    location /front/plain-to-tls {{ proxy_pass http://127.0.0.1:{secure_port}/; }}
    location /front/no-socket {{ proxy_pass http://unix:{folder}/nobody.sock:/; }}
    location /front/auth-down {{ auth_request /front/auth-nobody; {proxy_ok} }}
    location /front/auth-broken {{ auth_request /front/auth-500; {proxy_ok} }}
    location = /front/auth-nobody {{ internal; proxy_pass http://127.0.0.1:{closed_port}; }}
    location = /front/auth-500 {{ internal; proxy_pass http://127.0.0.1:{outside_port}/status/500; }}
    location = /front/auth-403 {{ internal; proxy_pass http://127.0.0.1:{outside_port}/status/403; }}
    location /front/auth-no {{ auth_request /front/auth-403; {proxy_ok} }}
    location /front/mirrored {{ mirror /front/mirror; {proxy_ok} }}
    location = /front/mirror {{ internal; proxy_pass http://127.0.0.1:{closed_port}; }}
    location /front/fallback {{ error_page 502 = @well; proxy_pass http://127.0.0.1:{closed_port}; }}
    location @well {{ {proxy_well} }}
    location /front/sorry {{ error_page 502 =200 /front/page; proxy_pass http://127.0.0.1:{closed_port}; }}
    location /front/page {{ return 200 "sorry"; }}
    location /front/fallback-down {{ error_page 502 = @down; proxy_pass http://127.0.0.1:{outside_port}/reset; }}
    location @down {{ proxy_pass http://127.0.0.1:{closed_port}; }}
    location /front/forbidden {{ alias {folder}/postgres/; }}
    location /front/missing-root {{ root /srv/nowhere; }}
    location /front/intercepted {{ proxy_intercept_errors on; error_page 500 /front/closed-shop; {proxy_500} }}
    location /front/turned {{ proxy_intercept_errors on; error_page 404 =503 /front/page; {proxy_404} }}
    location /front/retried {{ proxy_pass http://two_{port}/ok; }}
    location /front/none-left {{ proxy_pass http://none_{port}/ok; }}
    location /front/limited {{ limit_req zone=orders; {proxy_limited} }}
    location /front/crowded {{ limit_conn carts 1; {proxy_crowded} }}
    location / {{ {proxy} }}
  }}
"""


def nginx(grounds: Grounds, sites: list[Site]) -> Process:
    """Write the configuration, and return the server; it is not started."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("the lab needs nginx; run .ci/packages, or install the package nginx-light")
    (grounds.folder / "culpa-nginx.conf").write_text(snippet("nginx", logs=str(grounds.folder / "logs" / "nginx")))
    config = grounds.folder / "nginx.conf"
    text = _HEAD.format(**vars(grounds)) + "".join(_site(grounds, site) for site in sites) + "}\n"
    config.write_text(text)
    command = [
        program,
        "-p",
        str(grounds.folder),
        "-e",
        str(grounds.folder / "logs/nginx/start.log"),
        "-c",
        str(config),
    ]
    env = {"PATH": os.defpath, "TZ": "UTC"}
    return Process("nginx", command, lambda: all(is_open(site.port) for site in sites), env, grounds.folder)


def _site(grounds: Grounds, site: Site) -> str:
    return _SITE.format(
        **vars(grounds), port=site.port, proxy=_forward(site, ""),
        address=site.address, proxy_ok=_forward(site, "/ok"), proxy_well=_forward(site, "/ok").replace("/ok;", ";"),
        proxy_500=_forward(site, "/answer/500"), proxy_404=_forward(site, "/answer/404"),
        proxy_limited=_forward(site, "/ok"), proxy_crowded=_forward(site, "/hold?s=1"),
    )  # fmt: skip


def _forward(site: Site, path: str) -> str:
    if not site.is_fastcgi:
        return f"proxy_pass http://{site.address}{path};"
    uri = f'"{path}"' if path else "$request_uri"
    return (
        f"include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME {site.script};"
        f" fastcgi_param REQUEST_URI {uri}; fastcgi_param HTTP_TRACEPARENT $culpa_traceparent;"
        f" fastcgi_param HTTP_X_REQUEST_ID $culpa_trace_id; fastcgi_pass {site.address};"
    )
