"""Where a folder of Parquet files is."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from culpa.store import NotAStore

SCHEME = "parquet"
#: Object stores that Arrow knows; what else the query of such an address says is theirs, `endpoint_override` above all.
_REMOTE = ("s3", "gs", "gcs")
_FORM = "write parquet:///folder or parquet://s3://bucket/prefix"
#: Seconds that what comes may be gathered for one file: judges look back by two minutes for what comes late.
_GATHERED = (0.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class Address:
    """A folder of a disk, by its path, or of an object store, by its address."""

    root: str  # an absolute path, or s3://bucket/prefix with its query
    since: str = ""  # how far back is read where nobody says: a duration or a time
    every_s: float = _GATHERED[1]  # what comes is gathered so long for one file

    @property
    def is_remote(self) -> bool:
        """Return whether it is of an object store."""
        return "://" in self.root

    def __str__(self) -> str:
        """Return the address as it may be given again."""
        return f"{SCHEME}://{self.root}"


def address_of(where: str) -> Address:
    """Read an address: `parquet:///folder`, `parquet://s3://bucket/prefix?region=…&since=1d&every=30`.

    Errors: NotAStore, which does not repeat what it may hold of a secret.
    """
    rest = where.partition("://")[2] if where.startswith(f"{SCHEME}://") else where
    scheme, is_remote, _ = rest.partition("://")
    if is_remote and scheme not in _REMOTE:
        raise NotAStore(f"{scheme}://… holds no Parquet that can be read; {_FORM}, or gs://bucket/prefix")
    place, _, query = rest.partition("?")
    asked = dict(parse_qsl(query, keep_blank_values=True))
    since, every = asked.pop("since", ""), asked.pop("every", "")
    if not is_remote:
        if asked or not place:
            raise NotAStore(f"that is no address of a Parquet folder: {_FORM}, with ?since=1d or ?every=30")
        return Address(str(Path(unquote(place)).absolute()), since, _seconds(every))
    parts = urlsplit(place)
    if parts.username or parts.password:
        raise NotAStore(
            f"the address of {parts.scheme}://… is shown, and holds a key; leave it to the environment "
            "(AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's role)"
        )
    if not parts.hostname:
        raise NotAStore(f"{parts.scheme}:// names no bucket; {_FORM}")
    return Address(
        place.rstrip("/") + (f"?{urlencode(asked, safe=':/')}" if asked else ""),
        since,
        _seconds(every),
    )


def _seconds(text: str) -> float:
    least, default, most = _GATHERED
    try:
        every_s = float(text.removesuffix("s")) if text else default
    except ValueError:
        every_s = -1.0
    if not least <= every_s <= most:
        raise NotAStore(f"every={text[:20]} is no time for which what comes is gathered; write 0 to {most:.0f} seconds")
    return every_s
