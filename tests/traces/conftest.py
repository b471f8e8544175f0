"""A collector with three services, a failed checkout and what is strange about traces, for the tools that ask it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from web.conftest import Site, guarded
from web.conftest import site as large

from culpa.demo.ports import free_ports

from .played import BODY, FAILED


class Queried(Site):
    """A collector that is Jaeger's query API by itself at another port."""

    def __init__(self, folder: Path) -> None:
        """Start it; the port is chosen now, as what is free when tests are collected is taken minutes later."""
        self.jaeger_port = free_ports(1)[0]
        super().__init__(folder, "--jaeger-port", str(self.jaeger_port))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Queried]:
    """Give a collector that holds the traces, judged."""
    running = Queried(tmp_path_factory.mktemp("traces"))
    show_when_dead(running.process, running.log)
    answer, text = running.ask("/v1/traces", json.dumps(BODY).encode(), {"Content-Type": "application/json"})
    assert 200 == answer.status, text
    running.wait_for("select count(*) as n from verdicts where settled", len(FAILED))
    yield running
    assert 0 == running.stop(), running.log.read_text("utf-8")
    assert "Traceback" not in running.log.read_text("utf-8")


Ask = Callable[..., Any]


@pytest.fixture
def ask(site: Site) -> Ask:
    """Give what asks a path of Jaeger's API and returns the JSON of its answer."""

    def asked(path: str, status: int = 200, prefix: str = "/jaeger") -> Any:
        answer, text = site.ask(prefix + path)
        assert status == answer.status, text
        return json.loads(text)

    return asked


__all__ = ["Queried", "ask", "guarded", "large", "site"]
