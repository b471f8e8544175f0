"""What stands in examples/deploy and docs/deploy.md is what the collector knows."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from culpa.collector.measures import Measures
from culpa.collector.settings import entries

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "deploy"
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")


def test_each_setting_is_one_and_has_its_type() -> None:
    known = {entry.name: entry for entry in entries()}
    told = tomllib.loads((FOLDER / "culpa.toml").read_text("utf-8"))
    commented = dict(re.findall(r'^# (\w+) = "([^"]*)"$', (FOLDER / "culpa.toml").read_text("utf-8"), re.M))
    assert (told | commented).keys() <= known.keys()
    assert {name: type(value) for name, value in told.items()} == {name: type(known[name].default) for name in told}


def test_containers_probes_ports_and_places_are_those_of_the_settings() -> None:
    settings = tomllib.loads((FOLDER / "culpa.toml").read_text("utf-8"))
    stateful, service = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text("utf-8"))
    container = stateful["spec"]["template"]["spec"]["containers"][0]
    ports = {entry.name: entry.default for entry in entries() if entry.name.endswith("_port")}
    wanted = {"http": ports["http_port"], "grpc": ports["grpc_port"]}
    assert wanted == {port["name"]: port["containerPort"] for port in container["ports"]}
    assert wanted == {port["name"]: port["port"] for port in service["spec"]["ports"]}
    assert 1 == stateful["spec"]["replicas"]
    assert {"/healthz", "/readyz"} == {
        container[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe")
    }
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))["services"]["culpa"]
    places = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert places == {mount.split(":")[1] for mount in compose["volumes"]}
    assert {settings["store"], str(Path(settings["ingest_tokens"]).parent)} == places
    dockerfile = (FOLDER / "Dockerfile").read_text("utf-8")
    assert f"EXPOSE {ports['grpc_port']} {ports['http_port']}" in dockerfile


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd checks its unit files itself")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """All but the program, which is not installed where tests run."""
    unit = tmp_path / "culpa.service"
    unit.write_text((FOLDER / "culpa.service").read_text("utf-8").replace("/opt/culpa/bin/culpa", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [] == [line for line in done.stderr.splitlines() if "culpa.service" in line]


def test_each_measure_on_the_page_exists_and_each_of_ours_is_on_it() -> None:
    """Those of the process itself are Prometheus' own."""
    ours = set(re.findall(r'"(culpa_\w+)"', (ROOT / "collector/culpa/collector/measures/store.py").read_text("utf-8")))
    for family in Measures().registry.collect():
        if family.name.startswith("culpa_"):
            ours.add(family.name + ("_total" if family.type == "counter" else ""))
    assert ours == set(re.findall(r"`(culpa_\w+?)(?:\{[\w, ]*\})?`", PAGE))
