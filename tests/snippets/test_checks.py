"""`check` finds what a configuration lacks, in whatever file it stands, and nothing in one that follows the snippet."""

import re
from pathlib import Path

import pytest

from culpa.instrumentation.snippets import Unreadable, check, checkable, code, snippet, systems

ROOT = Path(__file__).parents[2]


def missing(system: str, path: Path) -> list[str]:
    """Return what is missing, without advice."""
    return [found.missing for found in check(system, path)]


def wrote(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


NGINX = """
events {}
http {
    include conf.d/*.conf;
    access_log /var/log/nginx/access.log;
    server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }
    server { %s }
}
"""


def test_nginx_with_its_snippet_lacks_nothing_and_without_it_all(tmp_path: Path) -> None:
    """The snippet stands in an included file."""
    main = wrote(tmp_path / "nginx.conf", NGINX % "")
    assert [
        "no access log in JSON that tells the trace of a request",
        "what is forwarded here bears no trace of nginx's",
    ] == missing("nginx", main)
    wrote(tmp_path / "conf.d" / "culpa.conf", snippet("nginx"))
    assert [] == check("nginx", main)


@pytest.mark.parametrize(
    ("server", "what", "line"),
    [
        ("location / { proxy_set_header Host $host; proxy_pass http://a; }", "`proxy_set_header` of its own", 8),
        ("location / { proxy_set_header traceparent ''; proxy_pass http://a; }", "`proxy_set_header` of its own", 8),
        ("location / { fastcgi_pass 127.0.0.1:9; fastcgi_param A b; }", "`fastcgi_param` of its own", 8),
        ("location / { grpc_pass a; }", "what is forwarded here bears no trace", 8),
        ("if ($a) { access_log off; proxy_pass http://a; }", "failures behind it are not logged", 8),
        ("access_log /b.log combined;", "no access log in JSON", 8),
        ("error_log /dev/null;", "errors of requests are not in the error log", 8),
        ("error_log /e.log crit;", "errors of requests are not in the error log", 8),
        ("error_log syslog:server=a error;", "no file that a collector can follow", 8),
    ],
)
def test_nginx_blocks_that_lose_what_they_would_inherit_are_named(
    tmp_path: Path, server: str, what: str, line: int
) -> None:
    """With file and line."""
    wrote(tmp_path / "conf.d" / "culpa.conf", snippet("nginx"))
    main = wrote(tmp_path / "nginx.conf", "# first\n" + NGINX.lstrip() % f"\n{server}")
    (found,) = check("nginx", main)
    assert what in found.missing
    assert f"{main}:{line}" == found.place


@pytest.mark.parametrize(
    "server",
    [
        "location / { proxy_set_header traceparent $culpa_traceparent; proxy_pass http://a; }",
        "location / { fastcgi_pass a; fastcgi_param HTTP_TRACEPARENT $culpa_traceparent; }",
        "location = /health { access_log off; return 200; }",
        "access_log /b.log combined; access_log /c.log culpa;",
        "error_log /e.log warn;",
    ],
)
def test_nginx_blocks_that_repeat_what_they_need_are_left_alone(tmp_path: Path, server: str) -> None:
    """Nothing to say about them."""
    wrote(tmp_path / "conf.d" / "culpa.conf", snippet("nginx"))
    assert [] == check("nginx", wrote(tmp_path / "nginx.conf", NGINX % server))


def test_a_file_that_many_nginx_blocks_include_is_named_once(tmp_path: Path) -> None:
    """As Debian's proxy_params, which has a header of its own."""
    wrote(tmp_path / "conf.d" / "culpa.conf", snippet("nginx"))
    params = wrote(tmp_path / "proxy_params", "proxy_set_header Host $host;\n")
    server = "".join(f"location /{name} {{ include proxy_params; proxy_pass http://a; }}\n" for name in "abc")
    main = wrote(tmp_path / "nginx.conf", NGINX % server)
    (found,) = check("nginx", main)
    assert ("proxy_set_header traceparent $culpa_traceparent;", f"{params}:1") == (found.advice, found.place)
    params.write_text(params.read_text() + found.advice)
    assert [] == check("nginx", main)


def test_an_access_log_that_tells_too_little_is_told_what_it_lacks(tmp_path: Path) -> None:
    """JSON with the trace, but without where the request went."""
    thin = re.sub(r'"upstream_addr":"\$upstream_addr",|"pid":\$pid,', "", snippet("nginx"))
    wrote(tmp_path / "conf.d" / "culpa.conf", thin)
    (found,) = check("nginx", wrote(tmp_path / "nginx.conf", NGINX % ""))
    assert "the access log does not tell $pid, $upstream_addr" == found.missing
    assert str(tmp_path / "conf.d" / "culpa.conf") in found.place


APACHE = """
ServerRoot {folder}
LoadModule unique_id_module modules/mod_unique_id.so
LoadModule setenvif_module modules/mod_setenvif.so
LoadModule headers_module modules/mod_headers.so
ErrorLog ${{APACHE_LOG_DIR}}/error.log
IncludeOptional conf-enabled/*.conf
<IfModule mod_absent.c>
    ErrorLog syslog
</IfModule>
<VirtualHost *:80>
    CustomLog ${{APACHE_LOG_DIR}}/access.log \\
        "%h %l"
    {host}
</VirtualHost>
"""


def apache(folder: Path, host: str = "", conf: str = "") -> Path:
    wrote(folder / "envvars", "export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n")
    wrote(folder / "conf-enabled" / "culpa.conf", conf or snippet("apache"))
    return wrote(folder / "apache2.conf", APACHE.format(folder=folder, host=host))


def test_apache_with_its_snippet_lacks_nothing(tmp_path: Path) -> None:
    """A virtual host's own log does no harm, and a section that is not read is not blamed."""
    assert [] == check("apache", apache(tmp_path))


def test_apache_without_it_lacks_all(tmp_path: Path) -> None:
    """The virtual host is named by the line that opens it."""
    main = apache(tmp_path, conf="# nothing")
    found = check("apache", main)
    assert [
        "no request gets a trace id",
        "this virtual host has no access log in JSON that tells the trace of a request",
        "error lines do not tell which request they are about",
    ] == [each.missing for each in found]
    assert f"{main}:11" == found[1].place


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda text: re.sub(r"</?Location.*>", "", text), "at server level this runs before the unique id exists"),
        (lambda text: re.sub(r"(?m)^ *RequestHeader.*$", "", text), "bears no trace of Apache's"),
        (lambda text: text.replace("GlobalLog", "CustomLog"), "this virtual host has no access log"),
        (lambda text: text.replace("[uid:%{UNIQUE_ID}e]", ""), "error lines do not tell which request"),
        (lambda text: text + "\nLogLevel crit", "errors of requests are not in the error log"),
    ],
)
def test_each_part_of_apache_s_snippet_is_missed(tmp_path: Path, change, what: str) -> None:
    """One finding, or one for each line of the same trouble."""
    found = missing("apache", apache(tmp_path, conf=change(snippet("apache"))))
    assert found and all(what in each for each in found)


def test_apache_s_modules_must_be_loaded(tmp_path: Path) -> None:
    """Where modules are loaded at all."""
    main = apache(tmp_path)
    main.write_text(main.read_text().replace("LoadModule unique_id_module", "#"))
    assert ["mod_unique_id is not loaded: the id of a request needs it"] == missing("apache", main)


CADDY = "http://127.0.0.1:8080 {\n\timport culpa\n\treverse_proxy 127.0.0.1:8000\n}\n"


def test_caddy_with_its_snippet_lacks_nothing_and_without_it_all(tmp_path: Path) -> None:
    """Each site is asked, whether it is reached by a host's name or not."""
    assert [] == check("caddy", wrote(tmp_path / "Caddyfile", snippet("caddy") + CADDY))
    bare = wrote(tmp_path / "Caddyfile", CADDY.replace("\timport culpa\n", ""))
    assert [
        "requests get no trace", "no access log in a file", "why a request failed is not logged to a file",
    ] == missing("caddy", bare)  # fmt: skip
    second = wrote(tmp_path / "Caddyfile", snippet("caddy") + CADDY + "http://shop.test:8080 {\n\trespond 500\n}\n")
    (found,) = check("caddy", second)
    assert ("requests get no trace", f"{second}: shop.test") == (found.missing, found.place)


def test_a_caddyfile_that_caddy_refuses_cannot_be_checked(tmp_path: Path) -> None:
    """Its own words are handed on."""
    with pytest.raises(Unreadable, match=r"caddy cannot read .*nonsense"):
        check("caddy", wrote(tmp_path / "Caddyfile", ":80 {\n\tnonsense\n}\n"))


def test_postgresql_with_its_snippet_lacks_nothing_and_the_last_word_counts(tmp_path: Path) -> None:
    """What `alter system` wrote comes after all files."""
    main = wrote(tmp_path / "postgresql.conf", "log_line_prefix = '%m [%p] '\ninclude_dir 'conf.d'\n")
    (tmp_path / "conf.d").mkdir()
    assert [
        "the log's lines do not tell the SQLSTATE, the user, the database",
        "long waits for locks are not logged (the default before version 18)",
        "slow statements are not logged",
    ] == missing("postgres", main)
    wrote(tmp_path / "conf.d" / "culpa.conf", snippet("postgres"))
    assert [] == check("postgres", main)
    auto = wrote(tmp_path / "postgresql.auto.conf", "log_lock_waits = 'off'\nlc_messages = 'de_DE.UTF-8'\n")
    found = check("postgres", main)
    assert [f"{auto}:1", f"{auto}:2"] == [each.place for each in found]


def test_postgresql_s_json_log_needs_no_prefix_but_the_collector_process(tmp_path: Path) -> None:
    """A jsonlog without logging_collector is written nowhere."""
    rest = "log_lock_waits = on\nlog_min_duration_statement = 1s\nlog_destination = 'jsonlog'\n"
    main = wrote(tmp_path / "postgresql.conf", rest)
    assert ["the log goes nowhere that a collector can follow"] == missing("postgres", main)
    assert [] == check("postgres", wrote(main, rest + "logging_collector = on\n"))


def test_mariadb_with_its_snippet_lacks_nothing_and_a_client_s_settings_are_not_the_server_s(tmp_path: Path) -> None:
    """What stands under [mysqldump] counts for nothing."""
    main = wrote(tmp_path / "my.cnf", "[mysqldump]\nlog-error=/a\n!includedir " + f"{tmp_path}/conf.d/\n")
    (tmp_path / "conf.d").mkdir()
    assert 4 == len(check("mariadb", main))
    wrote(tmp_path / "conf.d" / "60-culpa.cnf", snippet("mariadb"))
    wrote(tmp_path / "conf.d" / "provider.cnf", "[server]\nplugin_load_add=provider_lzo\n")
    assert [] == check("mariadb", main)
    (found,) = check("mariadb", wrote(main, main.read_text() + "[mysqld]\nlog-warnings=1 # quiet\n"))
    assert ("refused and lost connections are not logged", f"{main}:5") == (found.missing, found.place)


def test_php_fpm_with_its_snippet_lacks_nothing_and_a_lost_file_is_an_outage(tmp_path: Path) -> None:
    """The pool's settings may stand in several files."""
    main = wrote(tmp_path / "php-fpm.conf", "[global]\npid = /run/pid\ninclude=pool.d/*.conf\n")
    wrote(tmp_path / "pool.d" / "www.conf", "[www]\nuser = www-data\n;access.log = /a\n")
    assert 5 == len(check("php", main))
    ours = wrote(tmp_path / "culpa.php", code("php"))
    wrote(tmp_path / "pool.d" / "zz-culpa.conf", snippet("php", code_path=str(ours)))
    assert [] == check("php", main)
    ours.write_text("<?php // another one")
    assert ["requests have no spans"] == [each.rpartition(": ")[2] for each in missing("php", main)]
    ours.unlink()
    assert [f"{ours}, which every request begins with, does not exist: PHP fails them all"] == missing("php", main)
    assert ["requests have no spans"] == missing("php", wrote(tmp_path / "php.ini", "[PHP]\nauto_prepend_file =\n"))


def test_rails_laravel_and_node_are_checked_by_their_folders(tmp_path: Path) -> None:
    """An app without anything lacks each part."""
    rails = tmp_path / "rails"
    wrote(rails / "config" / "environments" / "production.rb", "Rails.application.configure do\nend\n")
    assert ["requests have no spans", "the log does not tell the trace"] == missing("rails", rails)
    wrote(rails / "config" / "initializers" / "culpa.rb", code("rails"))
    wrote(rails / "config" / "environments" / "production.rb", snippet("rails"))
    assert [] == check("rails", rails)
    laravel = tmp_path / "laravel"
    wrote(laravel / "config" / "logging.php", "<?php return [];")
    assert 3 == len(check("laravel", laravel))
    wrote(laravel / "config" / "logging.php", snippet("laravel"))
    wrote(laravel / "app" / "Handler.php", snippet("laravel"))
    assert [] == check("laravel", laravel)
    assert [] == check("node", ROOT / "tests" / "node")
    found = missing("node", wrote(tmp_path / "package.json", '{"dependencies": {"@opentelemetry/api": "1"}}'))
    assert ["requests have no spans: @opentelemetry/auto-instrumentations-node is no dependency"] == found


@pytest.mark.parametrize(
    ("system", "name", "text", "words"),
    [
        ("nginx", "nginx.conf", "http {", "cannot read .* as nginx does"),
        ("nginx", "site.conf", "server { listen 80; }", "no `http` block"),
        ("php", "php-fpm.conf", "[global]\n", "has no pool"),
        ("node", "package.json", "{", "is not JSON"),
        ("rails", "app", "", "is no Rails app"),
        ("iis", "web.config", "", "no check for 'iis'; there is one for: apache, caddy"),
    ],
)
def test_what_cannot_be_checked_is_said_with_the_file_that_would(
    tmp_path: Path, system: str, name: str, text: str, words: str
) -> None:
    """Never an empty list for a file that was not understood."""
    with pytest.raises(Unreadable, match=words):
        check(system, wrote(tmp_path / name, text))


def test_a_file_that_is_not_there_is_said() -> None:
    """With what to name."""
    with pytest.raises(Unreadable, match="does not exist; name nginx's main configuration file"):
        check("nginx", "/nowhere/nginx.conf")


def test_every_system_that_can_be_checked_has_a_snippet() -> None:
    """Only Go, whose settings are code, Java, whose settings stand in the environment, the Collector and pages have no check."""
    pages = {"apache-page", "caddy-page", "nginx-page"}
    assert ["collector", "go", "java"] == sorted(set(systems()) - set(checkable()) - pages)
    assert set(checkable()) < set(systems())
