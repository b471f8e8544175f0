"""What this machine lends to the lab: ports that nobody answers, a small disk, the kernel's log, memory limits."""

import os
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

from culpa.demo.ports import HOST
from lab.process import Process

#: Enough for the files that fill it, little enough to be filled quickly.
_SMALL_DISK_BYTES = 16 * 1024**2


def closed_port(held: ExitStack) -> int:
    """Return a port that refuses connections: it is taken, but nobody listens."""
    taken = held.enter_context(socket.socket())
    taken.bind((HOST, 0))
    return int(taken.getsockname()[1])


def hole(held: ExitStack) -> int:
    """Return a port whose queue of connections is full: whoever connects hears nothing, as behind a firewall."""
    listener = held.enter_context(socket.socket())
    listener.bind((HOST, 0))
    listener.listen(0)
    for _ in range(3):
        waiting = held.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    return int(listener.getsockname()[1])


def closed_socket(folder: Path) -> Path:
    """Return a socket that only its owner may use."""
    place = folder / "private.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))
    place.chmod(0o600)
    return place


def small_disk(folder: Path, held: ExitStack) -> Path | None:
    """Mount a small file system where we may, for what fills a disk."""
    place = folder / "small"
    place.mkdir()
    if os.geteuid() != 0:
        return None
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_DISK_BYTES},mode=777", "tmpfs", str(place)], capture_output=True
    )
    if done.returncode != 0:
        return None
    held.callback(subprocess.run, ["umount", "-l", str(place)], capture_output=True)
    return place


def kernel_log(folder: Path) -> Process | None:
    """Return a process that prints what the kernel says from now on, where it may be read."""
    if subprocess.run(["dmesg"], capture_output=True).returncode != 0:
        return None
    command = ["dmesg", "--follow-new", "--time-format", "iso"]
    return Process("kernel", command, lambda: True, {"PATH": os.defpath, "TZ": "UTC"}, folder)


def certificate(folder: Path) -> Path:
    """Make a certificate that nobody has signed but its owner, for the name `shop.invalid`; key and certificate in one file."""
    file = folder / "self-signed.pem"
    key = folder / "self-signed.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", file, "-days", "2",
         "-subj", "/CN=shop.invalid"],
        capture_output=True, check=True,
    )  # fmt: skip
    file.write_text(file.read_text() + key.read_text())
    return file
