"""Who a process is: read from its command line, its folder and its repository."""

import subprocess
from pathlib import Path

import pytest

from culpa.instrumentation.surroundings.identity import identify
from culpa.instrumentation.surroundings.revision import revision


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("uvicorn shop.app:app --port 80", "shop"),
        ("uvicorn --host localhost --port 80 src.shop.main:create_app --factory", "shop"),
        ("/usr/bin/python3.12 /opt/venv/bin/gunicorn -b 127.0.0.1:8000 -k gthread till.wsgi", "till"),
        ("gunicorn -b localhost:8000 'till.wsgi:make(\"x\")'", "till"),
        ("python -m uvicorn shop.app:app", "shop"),
        ("python -Xdev -m shop.worker --once", "shop"),
        ("python scripts/sweeper.py", "sweeper"),
        ("flask --app till.web run", "till"),
        ("flask -A till.py run", "till"),
        ("celery -A jobs.tasks worker", "jobs"),
        ("fastapi run shop/main.py", "shop"),
        ("uvicorn app.main:app", "folder"),
        ("python main.py", "folder"),
        ("python -c pass", "folder"),
        ("npm start", "folder"),
        ("", "folder"),
    ],
)
def test_the_command_names_the_service(tmp_path: Path, command: str, name: str) -> None:
    """The first telling part of the module; a name like `app.main` says nothing, so the folder's counts."""
    folder = tmp_path / "folder"
    folder.mkdir()
    assert name == identify([word.strip("'") for word in command.split()], folder, {}).name


def test_manage_py_names_the_service_by_its_settings(tmp_path: Path) -> None:
    """The package of DJANGO_SETTINGS_MODULE; a package called config says nothing."""
    manage = tmp_path / "manage.py"
    manage.write_text('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookshop.settings")')
    assert "bookshop" == identify(["python", "manage.py", "runserver"], tmp_path, {}).name
    manage.write_text('os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")')
    assert tmp_path.name == identify(["python", "manage.py", "runserver"], tmp_path, {}).name


def test_the_project_names_what_the_command_does_not(tmp_path: Path) -> None:
    """Name and version of pyproject.toml; a broken one is as good as none."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "bookshop"\nversion = "2.1"\n')
    found = identify(["uvicorn", "main:app"], tmp_path, {})
    assert ("bookshop", "2.1") == (found.name, found.attributes["service.version"])
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert tmp_path.name == identify(["uvicorn", "main:app"], tmp_path, {}).name


def test_an_installed_distribution_gives_the_version(tmp_path: Path) -> None:
    """Where there is no pyproject.toml, as in most containers."""
    assert identify(["uvicorn", "flask.app:app"], tmp_path, {}).attributes["service.version"].startswith("3.")


def git(folder: Path, *arguments: str) -> str:
    """Run git with a fixed identity."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=trunk"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_revision_is_that_of_git(tmp_path: Path) -> None:
    """Loose and packed refs, a detached head, a worktree, a sub-folder; nothing outside a repository."""
    repository, worktree = tmp_path / "repository", tmp_path / "worktree"
    (repository / "sub").mkdir(parents=True)
    git(repository, "init", "-q")
    assert {} == revision(repository)
    git(repository, "commit", "-q", "--allow-empty", "-m", "one")
    first = git(repository, "rev-parse", "HEAD")
    assert {"vcs.ref.head.revision": first, "vcs.ref.head.name": "trunk"} == revision(repository / "sub")
    git(repository, "pack-refs", "--all")
    assert {"vcs.ref.head.revision": first, "vcs.ref.head.name": "trunk"} == revision(repository)
    git(repository, "worktree", "add", "-q", "-b", "fix/tea", str(worktree))
    git(worktree, "commit", "-q", "--allow-empty", "-m", "two")
    second = git(worktree, "rev-parse", "HEAD")
    assert {"vcs.ref.head.revision": second, "vcs.ref.head.name": "fix/tea"} == revision(worktree)
    git(repository, "checkout", "-q", "--detach")
    assert {"vcs.ref.head.revision": first} == revision(repository)
    assert {} == revision(tmp_path)
