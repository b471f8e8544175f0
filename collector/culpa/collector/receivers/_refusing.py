"""What each trouble of taking a body means to its sender, over HTTP."""

from collections.abc import Generator
from contextlib import contextmanager

from culpa.collector.admission import Refused
from culpa.collector.decode import Malformed
from culpa.collector.dialects import Unreadable
from culpa.collector.inflate import Broken, TooLarge, UnknownEncoding
from culpa.collector.intake import Busy
from culpa.store import StoreError


@contextmanager
def refusing() -> Generator[None]:
    """Turn what inflating, reading and storing a body may raise into the answer to its sender. Errors: Refused."""
    try:
        yield
    except (Unreadable, Malformed, Broken) as error:
        raise Refused(400, str(error)) from error
    except TooLarge as error:
        raise Refused(413, str(error)) from error
    except UnknownEncoding as error:
        raise Refused(415, str(error)) from error
    except Busy as error:
        raise Refused(429, str(error)) from error
    except StoreError as error:
        raise Refused(503, str(error)) from error
