"""`python -m lab.relays.build`: build the lab's Collector with OpenTelemetry's own builder, unless it is there already."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

MANIFEST = Path(__file__).parents[1] / "apps" / "otelcol" / "builder.yaml"
_BUILT = Path(__file__).parents[3] / ".cache" / "otelcol"
_BUILDER = "go.opentelemetry.io/collector/cmd/builder"


def binary() -> Path | None:
    """Return the Collector that was built of the manifest as it stands, None if there is none."""
    place = _BUILT / hashlib.sha256(MANIFEST.read_bytes()).hexdigest()[:16] / "otelcol"
    return place if place.exists() else None


def lacking() -> str:
    """Return why there is no Collector and none can be built, '' if neither is so."""
    return "" if binary() or shutil.which("go") else "this machine has no go to build the OpenTelemetry Collector with"


def build() -> Path:
    """Return the Collector; it takes minutes where it has to be built. Errors: RuntimeError with what the builder says."""
    done = binary()
    if done:
        return done
    text = MANIFEST.read_text()
    version = re.search(r"(?m)^  version: (\S+)", text)
    assert version, f"{MANIFEST} names no version"
    place = _BUILT / hashlib.sha256(text.encode()).hexdigest()[:16]
    shutil.rmtree(place, ignore_errors=True)
    sources = place / "sources"
    sources.mkdir(parents=True)
    (place / "builder.yaml").write_text(re.sub(r"(?m)^dist:", f"dist:\n  output_path: {sources}", text))
    env = {**os.environ, "GOBIN": str(place)}
    _run(["go", "install", f"{_BUILDER}@v{version[1]}"], env)
    _run([str(place / "builder"), "--config", str(place / "builder.yaml")], env)
    (sources / "otelcol").rename(place / "otelcol")
    shutil.rmtree(sources)
    return place / "otelcol"


def _run(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(["nice", "-n", "10", *command], capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed: {(done.stderr or done.stdout).strip()[-2000:]}")


if __name__ == "__main__":
    print(lacking() or build(), file=sys.stderr)
