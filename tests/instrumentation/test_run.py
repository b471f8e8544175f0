"""`culpa run`: what it sets, what it leaves alone, and how it says no."""

import json
import os
import subprocess
import sys
from pathlib import Path

from culpa.instrumentation.start.run import SITE, with_site
from culpa.instrumentation.surroundings.environment import reveal

CULPA = Path(sys.executable).parent / "culpa"
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"


def run(*arguments: str, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `culpa run` with these arguments in a clean environment."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "CULPA_", "PYTHON"))}
    return subprocess.run(
        [str(CULPA), "run", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        env=clean | environ,
        cwd=cwd,
    )


def environment(*options: str, cwd: Path | None = None, **environ: str) -> dict[str, str]:
    """Return the environment that OpenTelemetry has at the start of a program under `culpa run`; nothing is exported."""
    done = run(*options, "--", sys.executable, "-c", SHOW, cwd=cwd, OTEL_TRACES_EXPORTER="none", **environ)
    assert 0 == done.returncode, done.stderr
    # That nothing is exported is a blind spot, and said; nothing else is.
    assert [] == [line for line in done.stderr.splitlines() if "blind spots: OTEL_TRACES_EXPORTER" not in line]
    found: dict[str, str] = json.loads(done.stdout)
    reveal(found)
    return found


def test_without_a_command_it_shows_how(tmp_path: Path) -> None:
    """Usage, exit status 2."""
    done = run()
    assert 2 == done.returncode
    assert "culpa run -- uvicorn" in done.stderr
    assert "Usage:" in done.stderr


def test_a_command_that_is_not_there_is_one_clear_line() -> None:
    """Exit status 2, no traceback."""
    done = run("--", "no-such-program")
    assert 2 == done.returncode
    assert ["Error: cannot run no-such-program: no such program on PATH; check its name, or give its path"] == (
        done.stderr.splitlines()
    )


def test_the_exit_status_is_the_programs() -> None:
    """The program replaces culpa."""
    done = run(
        "--",
        sys.executable,
        "-c",
        "raise SystemExit(7)",
        OTEL_TRACES_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
    )
    assert 7 == done.returncode


def test_options_of_the_program_are_not_ours() -> None:
    """Also without the two dashes, everything after the program's name belongs to it."""
    done = run(sys.executable, "-c", "import sys; print(sys.argv[1:])", "--service", "x", OTEL_SDK_DISABLED="true")
    assert "['--service', 'x']" == done.stdout.strip()


def test_defaults_fill_what_the_user_left_open() -> None:
    """A protocol that works, a sampler that keeps failures, stable names."""
    found = environment()
    assert "http/protobuf" == found["OTEL_EXPORTER_OTLP_PROTOCOL"]
    assert "http://127.0.0.1:4318" == found["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert "always_on" == found["OTEL_TRACES_SAMPLER"]
    assert "http,database" == found["OTEL_SEMCONV_STABILITY_OPT_IN"]


def test_a_program_has_its_own_settings_and_its_processes_have_ours_again() -> None:
    """An SDK that the program sets up reads the program's own; what it starts in turn is traced to the same place."""

    def twice(code: str) -> str:
        return f"import os, subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}]); {code}"

    mine = {"OTEL_BSP_SCHEDULE_DELAY": "77", "OTEL_RESOURCE_ATTRIBUTES": "team=tea", "OTEL_TRACES_EXPORTER": "none"}
    done = run("--endpoint", "http://127.0.0.1:9", "--service", "till", "--", sys.executable, "-c", twice(SHOW), **mine)
    child, parent = (
        {name: value for name, value in json.loads(line).items() if name.startswith("OTEL_")}
        for line in done.stdout.splitlines()
    )
    lasting = {"OTEL_PYTHON_DISTRO", "OTEL_PYTHON_CONFIGURATOR", "OTEL_SEMCONV_STABILITY_OPT_IN"}
    assert mine == {name: value for name, value in parent.items() if name not in lasting}
    assert child == parent
    code = "import opentelemetry.trace as t; r = t.get_tracer_provider().resource.attributes; print(r['service.name'])"
    done = run("--service", "till", "--", sys.executable, "-c", twice(code), **mine)
    assert ["till", "till"] == done.stdout.splitlines()


def test_what_the_user_set_wins() -> None:
    """No OTEL_* variable is overwritten; of the resource only what is missing is added."""
    mine = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http/dup",
        "OTEL_BSP_SCHEDULE_DELAY": "77",
        "OTEL_SERVICE_NAME": "mine",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_RESOURCE_ATTRIBUTES": "service.version=9,team=tea",
    }
    found = environment(**mine)
    ours = found.pop("OTEL_RESOURCE_ATTRIBUTES")
    assert ours.endswith("service.version=9,team=tea")
    assert 1 == ours.count("service.version")
    del mine["OTEL_RESOURCE_ATTRIBUTES"]
    assert mine == {key: found[key] for key in mine}


def test_a_service_name_among_the_resource_attributes_counts() -> None:
    """OTEL_SERVICE_NAME would override it, so it is not set then."""
    found = environment(OTEL_RESOURCE_ATTRIBUTES="service.name=mine")
    assert "OTEL_SERVICE_NAME" not in found


def test_options_name_service_and_collector() -> None:
    """A flag is the user's last word."""
    found = environment("--service", "till", "--endpoint", "http://127.0.0.1:9", OTEL_SERVICE_NAME="other")
    assert ("till", "http://127.0.0.1:9") == (
        found["OTEL_SERVICE_NAME"],
        found["OTEL_EXPORTER_OTLP_ENDPOINT"],
    )


def test_the_python_path_gets_our_folder_once() -> None:
    """Nested `culpa run` and reloaders pass the path on; the user's entries stay."""
    once = with_site(f"/srv/a{os.pathsep}/srv/b")
    assert f"{SITE}{os.pathsep}/srv/a{os.pathsep}/srv/b" == once
    assert once == with_site(once)
    assert str(SITE) == environment()["PYTHONPATH"]


def test_a_sitecustomize_of_the_users_still_runs(tmp_path: Path) -> None:
    """Ours stands before it on the path and would hide it."""
    (tmp_path / "sitecustomize.py").write_text("import os\nos.environ['THEIRS'] = 'ran'\n")
    assert "ran" == environment(PYTHONPATH=str(tmp_path))["THEIRS"]


def test_a_python_without_culpa_runs_on_with_one_line(tmp_path: Path) -> None:
    """`culpa run` of one environment may start a program of another."""
    code = "import runpy, sys; sys.modules['opentelemetry'] = None; runpy.run_path(sys.argv[1]); print('alive')"
    done = subprocess.run(
        [sys.executable, "-c", code, str(SITE / "sitecustomize.py")],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert "alive" == done.stdout.strip()
    assert ["pip install culpa into the same environment"] == [
        line.rpartition(": ")[2] for line in done.stderr.splitlines()
    ]


def test_it_works_under_opentelemetry_instrument() -> None:
    """The distro is an ordinary one: OpenTelemetry's own launcher finds it."""
    launcher = CULPA.parent / "opentelemetry-instrument"
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "CULPA_", "PYTHON"))}
    code = "import opentelemetry.trace as t; p = t.get_tracer_provider(); print(p.sampler.get_description())"
    done = subprocess.run(
        [str(launcher), sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        env=clean | {"OTEL_TRACES_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"},
    )
    assert "AlwaysOnSampler" == done.stdout.strip()


def test_libraries_that_are_not_used_are_not_imported() -> None:
    """What is merely installed costs nothing."""
    libraries = (
        *("aiohttp", "aiomysql", "asyncpg", "boto3", "celery", "django", "fastapi", "flask", "gunicorn", "httpx"),
        *("hypercorn", "jinja2", "pika", "psycopg", "psycopg2", "psycopg_pool", "pymongo", "pymysql", "redis"),
        *("sqlalchemy", "sqlite3", "starlette", "uvicorn", "multiprocessing", "granian", "uvloop"),
    )
    code = f"import sys; print(sorted(set({libraries!r}) & set(sys.modules)))"
    done = run("--", sys.executable, "-c", code, OTEL_TRACES_EXPORTER="none", OTEL_LOGS_EXPORTER="none")
    assert "[]" == done.stdout.strip()
    assert [] == [line for line in done.stderr.splitlines() if "blind spots: OTEL_TRACES_EXPORTER" not in line]
