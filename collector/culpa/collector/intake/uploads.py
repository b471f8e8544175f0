"""The bodies that are on their way in: all of them bounded together, and no slow one at the cost of the others."""

import asyncio
from collections import Counter, deque
from ipaddress import IPv6Network
from types import TracebackType

#: A body that has been under way for so long makes way when there is no room: a sender on a healthy network is done.
_PATIENCE_S = 2.0
#: Who waits for room looks for it this often.
_LOOK_S = 0.02
#: Senders are being turned away while more of them were than were not, in so long.
_TOLD_S = 10.0
#: Of a flood, so many decisions say enough.
_TOLD_MOST = 10_000


_TOO_SLOW = "the body came too slowly while others were waiting; send again later"


class Busy(Exception):
    """There is no room; the sender should come back later."""


class Upload:
    """One body on its way in."""

    def __init__(self, peer: str, since: float, scope: asyncio.Timeout) -> None:
        """Begin with nothing; whoever reads it does so within `scope`."""
        self.peer = peer
        self.since = since
        self.size = 0
        self.is_dropped = False
        self._scope = scope

    def drop(self, now: float) -> None:
        """Have its reader stop."""
        self.is_dropped = True
        self._scope.reschedule(now)


class Uploads:
    """All bodies on their way in. For the event loop alone.

    A byte counts when it has come, not when it is promised. When there is no room, the oldest body of the peer that
    has more than its share makes way, else the oldest one that takes long; else the sender has to come back.
    """

    def __init__(self, limit_bytes: int) -> None:
        """Have room for so much; one body alone always has room."""
        self._limit_bytes = limit_bytes
        self._size = 0
        self._open: dict[Upload, None] = {}

    def receiving(self, peer: str, timeout_s: float | None = None) -> "_Receiving":
        """Receive one body. Errors: Busy, also when it has to make way while it is waited for; TimeoutError."""
        return _Receiving(self, peer, timeout_s)

    def grow(self, upload: Upload, size: int) -> None:
        """Count `size` more bytes of a body. Errors: Busy."""
        while not upload.is_dropped and self._size + size > self._limit_bytes and self._size > upload.size:
            self._make_room(upload)
        if upload.is_dropped:
            raise Busy(_TOO_SLOW)
        upload.size += size
        self._size += size

    async def wait(self, upload: Upload, size: int, wait_s: float) -> None:
        """Count `size` bytes before they come, and wait for their room for a while. Errors: Busy."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + wait_s
        while True:
            try:
                self.grow(upload, size)
                return
            except Busy:
                if upload.is_dropped or loop.time() >= give_up_at:
                    raise
            await asyncio.sleep(_LOOK_S)

    def _make_room(self, newcomer: Upload) -> None:
        now = asyncio.get_running_loop().time()
        held: Counter[str] = Counter()
        for each in self._open:
            held[each.peer] += each.size
        share = self._limit_bytes / len(held)
        others = [each for each in self._open if each is not newcomer and each.size]
        if held[newcomer.peer] > share and len(held) > 1:
            # It has its share: what room it wants, it has to make.
            others = [each for each in others if each.peer == newcomer.peer]
        else:
            greedy = [each for each in others if held[each.peer] > share]
            if len(held) > 1 and greedy:
                self._drop(greedy[0], now)
                return
        if not others or now - others[0].since < _PATIENCE_S:
            raise Busy("more is being received than queue_bytes allows; send again later")
        self._drop(others[0], now)

    def _drop(self, upload: Upload, now: float) -> None:
        self.remove(upload)
        upload.drop(now)

    def add(self, upload: Upload) -> None:
        """Take a body that begins into account."""
        self._open[upload] = None

    def remove(self, upload: Upload) -> None:
        """Forget a body that is here, or will not be."""
        if upload in self._open:
            del self._open[upload]
            self._size -= upload.size


class _Receiving:
    """The time in which a body is received. A class of its own: it stands in the way of every request."""

    def __init__(self, uploads: Uploads, peer: str, timeout_s: float | None) -> None:
        self._uploads = uploads
        self._peer = peer
        self._scope = asyncio.timeout(timeout_s)
        self._upload: Upload | None = None

    async def __aenter__(self) -> Upload:
        await self._scope.__aenter__()
        upload = Upload(_network(self._peer), asyncio.get_running_loop().time(), self._scope)
        self._upload = upload
        self._uploads.add(upload)
        return upload

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        upload = self._upload
        if upload is not None:
            self._uploads.remove(upload)
        try:
            await self._scope.__aexit__(kind, error, trace)
        except TimeoutError:
            if upload is None or not upload.is_dropped:
                raise
            raise Busy(_TOO_SLOW) from None


class Turnaways:
    """Whether senders are being turned away. Any thread may tell."""

    def __init__(self) -> None:
        """Know of nothing."""
        self._decisions: deque[tuple[float, bool]] = deque(maxlen=_TOLD_MOST)

    def note(self, now: float, *, is_away: bool) -> None:
        """Note that a sender was served, or turned away."""
        self._decisions.append((now, is_away))

    def trouble(self, now: float) -> str:
        """Return what to tell people; '' while most are served."""
        while self._decisions and self._decisions[0][0] < now - _TOLD_S:
            self._decisions.popleft()
        decisions = list(self._decisions)
        away = sum(is_away for _, is_away in decisions)
        if away * 2 <= len(decisions):
            return ""
        return f"{away} of {len(decisions)} requests of the last {_TOLD_S:g} s were told to come back later"


def _network(peer: str) -> str:
    """Return whom an address belongs to: one machine has many addresses of IPv6, but one network."""
    if ":" not in peer or "." in peer:
        return peer
    try:
        return str(IPv6Network((peer.partition("%")[0], 64), strict=False))
    except ValueError:
        return peer
