"""What the kernel killed, and whose it was."""

from ..conftest import Scene
from .story import Story, cache_refuses, fails, given_up, handed_back

MYSQL = {"db_system_name": "mysql", "server_address": "db", "server_port": 3306, "db_namespace": "shop"}


def oom(scene: Scene, name: str, at: float, pid: int = 1402, host: str = "") -> None:
    told = {
        "attr_keys": ["process.killed.pid", "process.killed.name", "host.name"],
        "attr_vals": [str(pid), name, host],
    }
    body = f"Out of memory: Killed process {pid} ({name}) total-vm:1732044kB, anon-rss:412312kB"
    scene.server_log("kernel", "process.oom_killed", body, at=at, service_name="kernel", **told)


def refused(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    call = scene.call("checkout", entry, at=1, lasts=2, **MYSQL)
    fails(
        scene,
        "pymysql.err.OperationalError",
        "(2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")",
        call,
        entry,
        at=4,
    )


def the_database(scene: Scene) -> None:
    refused(scene)
    oom(scene, "mysqld", -40_000)


def another_one(scene: Scene) -> None:
    refused(scene)
    oom(scene, "java", -40_000)


def another_one_beside_a_bug(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    fails(scene, "KeyError", "'total'", entry)
    oom(scene, "mysqld", -10)


def hours_ago(scene: Scene) -> None:
    refused(scene)
    oom(scene, "mysqld", -7_200_000)


def postgres_worker(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    query = scene.query("checkout", entry, at=1, lasts=12)
    words = "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally"
    fails(scene, "psycopg.OperationalError", words, query, entry, at=14)
    oom(scene, "postgres", 12)


def redis_killed(scene: Scene) -> None:
    entry = scene.server("checkout", 500, parent=handed_back(scene))
    cache_refuses(scene, entry)
    oom(scene, "redis-server", -20_000)


def another_app_while_slow(scene: Scene) -> None:
    scene.server("checkout", 200, parent=given_up(scene), lasts=4000)
    oom(scene, "chrome", 1000)


MEMORY = "host.memory_exhausted"
STORIES = (
    Story("the database's process, before its port refused", the_database, MEMORY, "mysql://db:3306/shop", "mysqld"),
    Story(
        "somebody else's process, and a database that refuses",
        another_one,
        "database.unreachable",
        "mysql://db:3306/shop",
    ),
    Story("the database's process, beside a bug", another_one_beside_a_bug, "app.unhandled_exception", "checkout"),
    Story("the database's process, hours ago", hours_ago, "database.unreachable", "mysql://db:3306/shop"),
    Story("the database's process under a statement", postgres_worker, MEMORY, "postgresql://db:5432/shop", "postgres"),
    Story("the cache's process, before its port refused", redis_killed, MEMORY, "redis://cache:6379", "redis-server"),
    Story("somebody else's process while the app was slow", another_app_while_slow, "app.slow", "checkout"),
)
