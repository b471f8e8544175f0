"""What is done to a stack while requests run: processes that stop, freeze, die, and versions that are broken."""

from lab.acts.databases import kill_database, locked_file, no_connections_left, restart_database, terminate
from lab.acts.impossible import Impossible
from lab.acts.machine import alarmed, broker_stopped, memory_limited, swept
from lab.acts.processes import deploy, during, freezing, frozen, kill_worker, stopped, stopped_during, then_well

__all__ = [
    "Impossible",
    "alarmed",
    "broker_stopped",
    "deploy",
    "during",
    "freezing",
    "frozen",
    "kill_database",
    "kill_worker",
    "locked_file",
    "memory_limited",
    "no_connections_left",
    "restart_database",
    "stopped",
    "stopped_during",
    "swept",
    "terminate",
    "then_well",
]
