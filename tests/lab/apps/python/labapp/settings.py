"""What the app is told by its environment."""

import os
from urllib.parse import urlsplit

HOST = "127.0.0.1"
DRIVER = os.environ["LAB_DRIVER"]
CLIENT = os.environ["LAB_CLIENT"]
DATABASE = os.environ["LAB_DATABASE"]
OUTSIDE = os.environ["LAB_OUTSIDE"]
FOLDER = os.environ["LAB_FOLDER"]
SMALL_DISK = os.environ.get("LAB_SMALL_DISK", "")
#: Nobody listens there.
CLOSED = int(os.environ["LAB_CLOSED_PORT"])
#: Somebody listens there who never accepts.
HOLE = int(os.environ["LAB_HOLE_PORT"])
REDIS = int(os.environ.get("LAB_REDIS", "0"))
REDIS_FULL = int(os.environ.get("LAB_REDIS_FULL", "0"))
REDIS_REPLICA = int(os.environ.get("LAB_REDIS_REPLICA", "0"))
REDIS_SECRET = int(os.environ.get("LAB_REDIS_SECRET", "0"))
REDIS_CLUSTER = int(os.environ.get("LAB_REDIS_CLUSTER", "0"))
#: An outside service that speaks TLS, with a certificate of its own making.
SECURE = int(os.environ.get("LAB_SECURE", "0"))
RABBITMQ = int(os.environ.get("LAB_RABBITMQ", "0"))


def elsewhere(**changes: object) -> str:
    """Return the address of the database with another `user`, `password`, `host`, `port` or `name`."""
    at = urlsplit(DATABASE)
    known = {"user": at.username, "password": at.password, "host": at.hostname, "port": at.port, "name": at.path[1:]}
    now = {**known, **changes}
    return f"{at.scheme}://{now['user']}:{now['password']}@{now['host']}:{now['port']}/{now['name']}"


#: Where the database is not, or not for us.
CLOSED_DATABASE = elsewhere(port=CLOSED) if DRIVER != "sqlite3" else "sqlite:////nowhere/at/all.db"
SILENT_DATABASE = elsewhere(port=HOLE)
LOST_DATABASE = elsewhere(host="db.invalid")
OLD_PASSWORD = elsewhere(password="expired-last-week")
OTHER_DATABASE = elsewhere(name="never_created")
RETIRED = elsewhere(user="retired")
CROWDED = elsewhere(user="crowded")
LOCKED = elsewhere(user="locked")
PRIVATE = elsewhere(name="private")
