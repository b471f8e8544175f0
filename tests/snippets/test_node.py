"""Express and pg with OpenTelemetry's stock packages, set up by `culpa snippet node`: the collector names what failed."""

from pathlib import Path
from typing import Any

import pytest

from culpa.instrumentation.snippets import snippet

MODULES = Path(__file__).parents[2] / ".cache" / "node" / "node_modules"


@pytest.fixture(scope="module")
def express(
    crew: Any, apps: Path, new_port: Any, environment: Any, find: Any, postgres: Any, collector: Any, payments: int
) -> dict[str, Any]:
    """Run the app; its environment is what a shell makes of the snippet."""
    assert MODULES.is_dir(), "the packages of the app are not installed: make node"
    (crew.folder / "node.sh").write_text(snippet("node", collector=collector.url, service="node-shop"))
    words = {"port": new_port(), "dead": new_port(), "db": postgres.port, "payments": payments}
    environ = environment(
        NODE_PATH=str(MODULES), PORT=str(words["port"]), SHOP_DB_PORT=str(postgres.port),
        SHOP_DEAD_PORT=str(words["dead"]), SHOP_PAYMENTS=f"http://127.0.0.1:{payments}",
    )  # fmt: skip
    script = f". {crew.folder}/node.sh && exec {find('node', 'nodejs')} {apps}/express/app.js"
    crew.start(["sh", "-c", script], words["port"], env=environ)
    return words


CASES = {
    "drift": ("config.schema_drift", "node-shop"),
    "unique": ("app.constraint_violation", "node-shop"),
    "timeout": ("database.timeout", "postgresql://127.0.0.1:{db}/shop"),
    "upstream": ("upstream.error_response", "http://127.0.0.1:{payments}"),
    "down": ("database.unreachable", "postgresql://127.0.0.1:{dead}/shop"),
    "keyless": ("config.bad_credentials", "node-shop"),
    "cause": ("app.unhandled_exception", "node-shop"),
}


@pytest.fixture(scope="module")
def verdicts(express: dict[str, Any], fail_all: Any) -> dict[str, Any]:
    """Let a request fail of each fault and return the verdicts."""
    found: dict[str, Any] = fail_all(express["port"], {fault: f"/fail/{fault}" for fault in CASES})
    return found


@pytest.mark.parametrize("fault", CASES)
def test_a_failing_express_request_gets_the_right_verdict(
    verdicts: dict[str, Any], express: dict[str, Any], fault: str
) -> None:
    """From what OpenTelemetry's own packages send."""
    cause, component = CASES[fault]
    verdict = verdicts[fault]
    assert (cause, component.format(**express)) == (verdict["cause"], verdict["component"])
    assert ("/fail/:fault", "node-shop", "GET") == (verdict["route"], verdict["service"], verdict["method"])
