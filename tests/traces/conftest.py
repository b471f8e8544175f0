"""A collector with three services, a failed checkout and what is strange about traces, for the tools that ask it."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
from web.conftest import Site, guarded
from web.conftest import site as large

from culpa.demo.ports import free_ports

from .played import BODY, FAILED

JAEGER_PORT = free_ports(1)[0]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, show_when_dead: Any) -> Iterator[Site]:
    """Give a collector that holds the traces, judged, and that is Jaeger's query API by itself at another port."""
    running = Site(tmp_path_factory.mktemp("traces"), "--jaeger-port", str(JAEGER_PORT))
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


__all__ = ["ask", "guarded", "large", "site"]
