"""Django's settings: one alias for each way in which the database may not be there."""

from urllib.parse import urlsplit

from labapp import settings

_URLS = {
    "default": settings.DATABASE,
    "closed": settings.CLOSED_DATABASE,
    "silent": settings.SILENT_DATABASE,
    "lost": settings.LOST_DATABASE,
    "old": settings.OLD_PASSWORD,
    "other": settings.OTHER_DATABASE,
    "retired": settings.RETIRED,
    "crowded": settings.CROWDED,
    "locked": settings.LOCKED,
    "private": settings.PRIVATE,
}


def _database(url: str) -> dict[str, object]:
    at = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql", "LAB_URL": url, "NAME": at.path[1:], "USER": at.username,
        "PASSWORD": at.password, "HOST": at.hostname, "PORT": at.port, "OPTIONS": {"connect_timeout": 2},
    }  # fmt: skip


SECRET_KEY = "only-for-the-lab"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "labapp.django_app"
DATABASES = {name: _database(url) for name, url in _URLS.items()}
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "labapp.django_app.RefusalMiddleware"]
