"""Read the checked-out git revision from the files of .git; git itself is never run."""

from pathlib import Path


def revision(folder: Path) -> dict[str, str]:
    """Return `vcs.ref.head.revision` and `vcs.ref.head.name` of the repository around a folder, {} if none.

    Source: gitrepository-layout(5): HEAD, refs, packed-refs, the `gitdir:` file of worktrees and submodules.
    """
    for parent in (folder, *folder.resolve().parents):
        if (parent / ".git").exists():
            try:
                return _head(_directory(parent / ".git"))
            except OSError:
                return {}
    return {}


def _directory(dot_git: Path) -> Path:
    if dot_git.is_dir():
        return dot_git
    return (dot_git.parent / dot_git.read_text().removeprefix("gitdir:").strip()).resolve()


def _head(directory: Path) -> dict[str, str]:
    head = (directory / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return {"vcs.ref.head.revision": head}
    ref = head.removeprefix("ref:").strip()
    found = _resolve(directory, ref)
    name = ref.removeprefix("refs/heads/")
    return {"vcs.ref.head.revision": found, "vcs.ref.head.name": name} if found else {}


def _resolve(directory: Path, ref: str) -> str:
    common = directory / "commondir"
    shared = (directory / common.read_text().strip()).resolve() if common.exists() else directory
    for place in (directory, shared):
        if (place / ref).is_file():
            return (place / ref).read_text().strip()
    packed = shared / "packed-refs"
    lines = packed.read_text().splitlines() if packed.exists() else []
    return next((line.split(" ", 1)[0] for line in lines if line.endswith(" " + ref)), "")
