"""Decide who may come in, read what they send up to a bound, and refuse in one way. Every endpoint of HTTP asks here.

    @refusing                                             # a Refused is answered: status, headers, {"message": …}
    async def endpoint(request):
        admit(request, settings, "read")                  # or "ingest"; token, Host, Origin, content type
        text = await body(request, 1024**2, "a query")    # never more than so many bytes

Time-outs are no business of an endpoint: the connection itself ends a head or a body that does not come.
"""

from culpa.collector.admission.body import body, json_body
from culpa.collector.admission.entry import JSON, admit, bounded, enter, essence
from culpa.collector.admission.keyring import BadTokens, Keyring, Token, readers, senders
from culpa.collector.admission.origins import wrong_entry
from culpa.collector.admission.refusal import Refused, refusing, retry_after
from culpa.collector.admission.tokens import TokenMissing, TokenWrong, check_token

__all__ = [
    "JSON",
    "BadTokens",
    "Keyring",
    "Refused",
    "Token",
    "TokenMissing",
    "TokenWrong",
    "admit",
    "body",
    "bounded",
    "check_token",
    "enter",
    "essence",
    "json_body",
    "readers",
    "refusing",
    "retry_after",
    "senders",
    "wrong_entry",
]
