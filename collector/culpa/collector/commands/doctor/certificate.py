"""How long the certificate of a collector still holds."""

import socket
import ssl
import time
from urllib.parse import urlsplit

from culpa.collector.commands.doctor.finding import Finding, note, well, wrong

_TIMEOUT_S = 5.0
_SOON_DAYS = 21


def check_certificate(url: str) -> list[Finding]:
    """Look at it as a client does; of plain HTTP there is nothing to look at."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return []
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), _TIMEOUT_S) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured,
        ):
            ends = str((secured.getpeercert() or {}).get("notAfter", ""))
    except ssl.SSLCertVerificationError as error:
        todo = "renew it, or name who signed it: SSL_CERT_FILE=/path/of/ca.pem"
        return [wrong("certificate", f"it is not trusted here: {error.verify_message}", todo)]
    except OSError as error:
        return [note("certificate", f"it cannot be looked at ({error})")]
    days = int((ssl.cert_time_to_seconds(ends) - time.time()) // 86_400)
    says = f"it holds until {ends}, {days} more days"
    return [note("certificate", says, "renew it in time") if days < _SOON_DAYS else well("certificate", says)]
