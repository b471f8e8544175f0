"""What all tests share.

A skip must be on the list, or the run fails in CI. Files that take long are begun first, and an everyday run leaves out what
`thorough.txt` names. A failure shows what a server printed that has died.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from sweeps import IS_THOROUGH

# Before any command that runs in this process lets Arrow take it for missing (`use_arrow_alone`), for good. The services of a
# later Python are tested without it.
with suppress(ImportError):
    import pandas  # noqa: F401

# An everyday run meets the same examples each time: what fails in it was changed, and not drawn. `make thorough` draws new ones.
settings.register_profile("everyday", derandomize=True)
settings.load_profile("default" if IS_THOROUGH else "everyday")

#: Tests that may be skipped, with the reason beside each: a case, a test with all its cases, or a file.
ALLOWED = Path(__file__).parent / "allowed_skips.txt"
#: Files that take long, the longest first: were one of them begun last, a core would wait for its end.
LONG = Path(__file__).parent / "long_files.txt"
#: What an everyday run leaves out: how node ids begin, with the reason beside each.
THOROUGH = Path(__file__).parent / "thorough.txt"


def _listed(path: Path) -> set[str]:
    lines = path.read_text("utf-8").splitlines()
    return {line.split("  #")[0].strip() for line in lines if not line.startswith("#")} - {""}


def _is_listed(node_id: str) -> bool:
    return not _listed(ALLOWED).isdisjoint({node_id, node_id.split("[")[0], node_id.split("::")[0]})


class Skips:
    """Collects skipped tests that are not on the list."""

    def __init__(self) -> None:
        """Start with none."""
        self.unlisted: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skip."""
        if report.skipped and not hasattr(report, "wasxfail") and not _is_listed(report.nodeid):
            self.unlisted.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a whole file that was skipped."""
        if report.skipped and not _is_listed(report.nodeid):
            self.unlisted.append(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run in CI for each skip that is not on the list."""
        if self.unlisted and os.environ.get("CI"):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the skips that are not on the list."""
        for name in self.unlisted:
            terminalreporter.write_line(f"skipped, and not in {ALLOWED.name}: {name}")


def pytest_configure(config: pytest.Config) -> None:
    """Watch the skips."""
    config.pluginmanager.register(Skips(), "skips")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take long; a file's own order stays as it is. Leave out what is for thorough runs."""
    # Who names a test wants it.
    if not IS_THOROUGH and not any("::" in argument for argument in config.args):
        _leave_out(config, items)
    long = LONG.read_text("utf-8").split()
    places = {name: number for number, name in enumerate(long)}
    items.sort(key=lambda item: places.get(item.nodeid.split("::")[0], len(long)))


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    listed = tuple(_listed(THOROUGH))
    left = [item for item in items if item.nodeid.startswith(listed)]
    # Of what failed last pytest collects no other files.
    if config.args == config.getini("testpaths") and not config.getoption("lf"):
        unknown = {line for line in listed if not any(item.nodeid.startswith(line) for item in left)}
        if unknown:
            raise pytest.UsageError(f"{THOROUGH.name} names what is no test: {', '.join(sorted(unknown))}")
    gone = set(left)
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in gone]


#: Servers that serve several tests, each with the file of what it prints.
_serving: list[tuple[subprocess.Popen[bytes], Path]] = []


@pytest.fixture(scope="session")
def show_when_dead() -> Callable[[subprocess.Popen[bytes], Path], None]:
    """Return a function to be told of a server and of the file of what it prints, to be shown in failures if it dies by itself."""
    return lambda process, output: _serving.append((process, output))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what servers printed that died, beside the failure."""
    report = yield
    for process, output in _serving if report.failed else ():
        if process.poll() not in (None, 0, -signal.SIGTERM):
            head = f"printed by {process.args!r}, which ended with {process.returncode}"
            report.sections.append((head, output.read_text("utf-8", "replace")[-8_000:]))
    return report
