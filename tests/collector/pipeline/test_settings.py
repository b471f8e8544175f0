"""One list of settings: a flag wins over the environment, that over culpa.toml, that over the default."""

import json
from pathlib import Path

import pytest

from culpa.collector.settings import SettingError, Settings, entries, resolve
from culpa.instrumentation.cli import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for entry in entries():
        monkeypatch.delenv(f"CULPA_{entry.name.upper()}", raising=False)
    monkeypatch.delenv("CULPA_CONFIG", raising=False)
    return tmp_path


def test_the_nearest_source_wins(folder: Path) -> None:
    """Each step of the order, for one setting."""
    (folder / "culpa.toml").write_text("http_port = 3\n")
    found = resolve({"http_port": "1"}, environ={"CULPA_HTTP_PORT": "2"})
    assert (1, "flag --http-port") == (found.settings.http_port, found.origins["http_port"])
    found = resolve({}, environ={"CULPA_HTTP_PORT": "2"})
    assert (2, "environment CULPA_HTTP_PORT") == (found.settings.http_port, found.origins["http_port"])
    found = resolve({}, environ={})
    assert (3, "culpa.toml") == (found.settings.http_port, found.origins["http_port"])
    (folder / "culpa.toml").unlink()
    found = resolve({}, environ={})
    assert (4318, "default") == (found.settings.http_port, found.origins["http_port"])


def test_the_file_is_named_by_flag_or_environment(folder: Path) -> None:
    """And then it must be there."""
    (folder / "other.toml").write_text('tail = ["nginx_access=/var/log/nginx/access.json"]\nsettle_s = 5\n')
    found = resolve({}, environ={"CULPA_CONFIG": "other.toml"}).settings
    assert (("nginx_access=/var/log/nginx/access.json",), 5.0) == (found.tail, found.settle_s)
    assert found == resolve({}, environ={}, config="other.toml").settings
    with pytest.raises(SettingError, match=r"missing\.toml"):
        resolve({}, environ={}, config="missing.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("http_prot = 1", "unknown setting 'http_prot'"),
        ('http_port = "many"', "http_port must be a whole number"),
        ("http_port = true", "http_port must be a whole number"),
        ("http_port = 70000", "http_port must be within 0 to 65535"),
        ("http_port = -1", "http_port must be within 0 to 65535"),
        ("max_body_bytes = 0", "max_body_bytes must be within 1 to 2147483647"),
        ("max_body_bytes = 2147483648", "max_body_bytes must be within"),
        ("queue_bytes = 0", "queue_bytes must be within 1 to"),
        ("min_free_bytes = 9223372036854775808", "min_free_bytes must be within"),
        ("retry_after_s = -1", "retry_after_s must be within 0 to 2592000"),
        ("retry_after_s = 1e300", "retry_after_s must be within"),
        ("retry_after_s = nan", "retry_after_s must be a number of seconds"),
        ("linger_s = 1e9", "linger_s must be within"),
        ("head_timeout_s = 0", "head_timeout_s must be within 0.1 to"),
        ("query_limit = 0", "query_limit must be within 1 to"),
        ("insecure = 1.5", "insecure must be true or false"),
        ("tail = [1]", "tail must be a list of texts"),
        ("settle_s = inf", "settle_s must be a number of seconds"),
        ("store = 5", "store must be text"),
        ("http_port =", "not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Path, text: str, words: str) -> None:
    """One line that names setting, value and file."""
    (folder / "culpa.toml").write_text(text)
    with pytest.raises(SettingError, match=words) as caught:
        resolve({}, environ={})
    assert "culpa.toml" in str(caught.value)


@pytest.mark.parametrize(("word", "value"), [("1", True), ("true", True), ("ON", True), ("0", False), ("no", False)])
def test_switches_are_read_from_words(word: str, value: bool) -> None:
    """As people write them in an environment."""
    assert value is resolve({}, environ={"CULPA_INSECURE": word}).settings.insecure


def test_grpc_can_be_switched_off_by_word() -> None:
    """`off` is port 0."""
    assert 0 == resolve({"grpc_port": "off"}, environ={}).settings.grpc_port


def test_config_prints_every_setting_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Name, value, unit, origin and reason of each; tokens as ***."""
    monkeypatch.setenv("CULPA_READ_TOKEN", "very-secret")
    assert 0 == main(["config", "--json", "--settle-s", "3"])
    printed = capsys.readouterr().out
    rows = {row["name"]: row for row in json.loads(printed)}
    assert [entry.name for entry in entries()] == list(rows)
    assert ("***", "environment CULPA_READ_TOKEN") == (
        rows["read_token"]["value"],
        rows["read_token"]["origin"],
    )
    assert (3.0, "flag --settle-s", "s") == tuple(rows["settle_s"][key] for key in ("value", "origin", "unit"))
    assert "very-secret" not in printed
    assert 0 == main(["config"])
    table = capsys.readouterr().out
    assert all(entry.name in table for entry in entries())
    assert "very-secret" not in table


def test_a_wrong_secret_is_not_repeated() -> None:
    """Not even in the message about it."""
    with pytest.raises(SettingError) as caught:
        resolve({"read_token": 12345}, environ={})
    assert "12345" not in str(caught.value)


def test_defaults_have_a_reason_and_their_type() -> None:
    """The list is complete."""
    assert all(entry.reason.endswith((".", "it.")) for entry in entries())
    assert Settings() == resolve({}, environ={}).settings
