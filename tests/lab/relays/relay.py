"""The lab's Collector as processes, and the collectors of culpa's that it sends to."""

from dataclasses import dataclass
from pathlib import Path

from culpa.demo.ports import HOST, free_ports, is_open
from culpa.demo.tiers import clean_environment
from lab.process import Process
from lab.relays.passages import FILES
from lab.watch import another_collector
from lab.world import World

_CONFIGS = Path(__file__).parent / "configs"
#: What the hub writes nothing of: its folder is made of another's files.
_MADE = ("debug", "own_lines")


@dataclass(frozen=True)
class Relay:
    """A Collector, and where it is told to send."""

    program: Path
    #: Ports of culpa's other collectors: HTTP of `late`, its gRPC, HTTP of `single`.
    late: int
    late_grpc: int
    single: int

    def process(self, on: World, config: str = "hub") -> Process:
        """Return the Collector with one of its configurations; it is not started."""
        told = {
            "LAB_RELAY_PORT": on.ports.recorder, "LAB_PLAIN_PORT": on.ports.collector, "LAB_LATE_PORT": self.late_grpc,
            "LAB_SINGLE_PORT": self.single, "LAB_CLOSED_PORT": on.ports.closed, "LAB_PASSAGES": passages_of(on),
        }  # fmt: skip
        command = [str(self.program), "--config", str(_CONFIGS / f"{config}.yaml")]
        env = {**clean_environment(), **{name: str(value) for name, value in told.items()}}
        for passage in FILES:
            (passages_of(on) / passage.name).mkdir(parents=True, exist_ok=True)
        return Process(f"otelcol-{config}", command, lambda: is_open(on.ports.recorder), env, on.folder)

    def collectors(self, on: World) -> dict[str, Process]:
        """Return culpa's other collectors by the name of their passage; they are not started."""
        return {
            "late": another_collector(on, "collector-late", on.folder / "store-late", self.late, self.late_grpc),
            "single": another_collector(on, "collector-single", on.folder / "store-single", self.single),
        }

    def url(self, on: World, name: str) -> str:
        """Return where the collector of a passage answers."""
        ports = {"plain": on.ports.collector, "late": self.late, "single": self.single}
        return f"http://{HOST}:{ports[name]}"


def relay(program: Path) -> Relay:
    """Return a Collector on free ports."""
    return Relay(program, *free_ports(3))


def passages_of(on: World) -> Path:
    """Return the folder that holds a folder for each passage that ends in files."""
    return on.folder / "passages"
