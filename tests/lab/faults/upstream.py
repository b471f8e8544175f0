"""Faults of outside services."""

from lab.fault import Fault, get

FAULTS = (
    Fault("an outside service answers with nothing", "upstream.bad_payload", "outside", get("/rates/empty"), ("outside", "python|node|rails|php|go")),
    Fault("an outside service answers 500", "upstream.error_response", "outside", get("/rates/broken"), ("outside",)),
    Fault("an outside service answers 503", "upstream.error_response", "outside", get("/rates/closed-for-repair"), ("outside",)),
    Fault("an outside service answers 404", "app.call_rejected", "app", get("/rates/gone"), ("outside",)),
    Fault("an outside service redirects in a circle", "upstream.error_response", "outside", get("/rates/round-and-round"), ("redirects",)),
    Fault("an outside service says: too often", "upstream.rate_limited", "outside", get("/rates/too-often"), ("outside",)),
    Fault("an outside service is slow", "upstream.timeout", "outside", get("/rates/slow"), ("outside",)),
    Fault("an outside service cuts the connection", "upstream.unreachable", "outside", get("/rates/cut"), ("outside",)),
    Fault("nobody listens at an outside address", "upstream.unreachable", "closed host", get("/rates/nobody"), ("outside",)),
    Fault("an outside name is unknown", "upstream.dns", "lost host", get("/rates/lost-name"), ("outside",)),
    Fault("TLS where there is none", "upstream.tls", "outside, secure", get("/rates/secure"), ("outside",)),
    Fault("an outside service answers with a page", "upstream.bad_payload", "outside", get("/rates/html"), ("outside",)),
)  # fmt: skip
