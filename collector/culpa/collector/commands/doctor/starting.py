"""Whether a collector can be started with these settings, here."""

import os
import resource
import stat
from pathlib import Path

import click

from culpa.collector.commands.collect import check_settings
from culpa.collector.commands.doctor.finding import Finding, note, well, wrong
from culpa.collector.connections import listen
from culpa.collector.settings import Settings
from culpa.store import bytes_text, free_bytes

#: Each sender holds one; the store, its snapshots and queries need some hundreds.
_FEW_FILES = 4096
_MORE_ROOM = "free some room, or name a larger disk in store"


def check_starting(settings: Settings, *, has_ports: bool) -> list[Finding]:
    """Look at the settings; `has_ports`: a collector answers on them already."""
    found = [_agreement(settings), *_store(settings), *_files(settings), _open_files()]
    if not has_ports:
        ports = (("http_port", settings.http_port), ("grpc_port", settings.grpc_port))
        found += [_port(settings.host, name, port) for name, port in ports if port]
    return found


def _agreement(settings: Settings) -> Finding:
    try:
        check_settings(settings)
    except click.ClickException as error:
        return wrong("settings", error.format_message(), "change them; `culpa config` says where each came from")
    return well("settings", "they go together")


def _store(settings: Settings) -> list[Finding]:
    where = settings.folder.absolute()
    place = next(folder for folder in (where, *where.parents) if folder.exists())
    folder = place if place.is_dir() else place.parent
    status = os.statvfs(folder)
    if not os.access(folder, os.W_OK | os.X_OK) or status.f_flag & os.ST_RDONLY:
        return [
            wrong(
                "store",
                f"{folder} cannot be written",
                f"give this user the right, or name another --store than {where}",
            )
        ]
    free = free_bytes(folder)
    says = f"{where} on a disk with {bytes_text(free)} free"
    if free < settings.min_free_bytes:
        least = bytes_text(settings.min_free_bytes)
        return [wrong("store", f"{says}, less than min_free_bytes ({least}): nothing would be taken", _MORE_ROOM)]
    if free < settings.keep_free_bytes:
        least = bytes_text(settings.keep_free_bytes)
        return [wrong("store", f"{says}, less than keep_free_bytes ({least}): the oldest would go at once", _MORE_ROOM)]
    found = [well("store", says)]
    if free - settings.keep_free_bytes < settings.keep_bytes and not where.exists():
        most = bytes_text(settings.keep_bytes)
        found.append(note("store", f"there is no room for keep_bytes ({most}): keep_free_bytes bounds it first"))
    return found


def _files(settings: Settings) -> list[Finding]:
    """Look at the files of secrets: whoever may read them may read all."""
    found: list[Finding] = []
    for name in ("ingest_tokens", "read_tokens", "tls_key"):
        path = getattr(settings, name)
        if not path:
            continue
        try:
            mode = Path(path).stat().st_mode
            with Path(path).open("rb"):
                pass
        except OSError as error:
            found.append(
                wrong(name, f"{path} cannot be read ({error.strerror})", "name a file that this user may read")
            )
            continue
        if mode & stat.S_IRWXO:
            found.append(wrong(name, f"{path} is open to every user of this machine", f"chmod 600 {path}"))
        elif mode & stat.S_IRWXG:
            found.append(note(name, f"{path} is open to its group", f"chmod 600 {path}"))
        else:
            found.append(well(name, f"{path} is this user's alone"))
    return found


def _open_files() -> Finding:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        return note("files", f"only {hard} may be open, so few senders may come at a time",
                    f"raise the limit: LimitNOFILE=32768 of the unit, or ulimit -Hn {_FEW_FILES}")  # fmt: skip
    return well("files", "as many may be open as senders need")


def _port(host: str, name: str, port: int) -> Finding:
    try:
        listen(host, port, f"--{name.replace('_', '-')}").close()
    except OSError as error:
        return wrong(name, str(error), "stop what listens there, or set another port")
    return well(name, f"{host}:{port} is free")
