"""The plugin that every pytest loads where culpa is installed: an option, and nothing else until it is given."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--culpa`."""
    text = "Trace the tests, and explain each 5xx that a failing one met (needs culpa[collector])."
    parser.getgroup("culpa").addoption("--culpa", action="store_true", default=False, help=text)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Switch tracing on before anything of the user's is imported. Errors: pytest.UsageError."""
    if not early_config.known_args_namespace.culpa:
        return
    from culpa.testing.explaining import Explaining
    from culpa.testing.tracing import CannotTrace, Tracing

    try:
        tracing = Tracing()
    except CannotTrace as error:
        raise pytest.UsageError(f"--culpa: {error}") from error
    # Also where a plugin or a conftest ends the run before it has begun.
    early_config.add_cleanup(tracing.stop)
    early_config.pluginmanager.register(Explaining(tracing), "culpa-explaining")
