"""A FastAPI service with the agent of another vendor, which AGENT names, set up as its documentation says."""

import os
from pathlib import Path

AGENT, ADDRESS = os.environ["AGENT"], os.environ["AGENT_ADDRESS"]
if AGENT == "ddtrace":
    import ddtrace.auto  # noqa: F401  # that it is imported first is what switches it on
if AGENT == "sentry":
    import sentry_sdk

    sentry_sdk.init(dsn=f"http://key@{ADDRESS}/1", traces_sample_rate=1.0)

from fastapi import FastAPI  # noqa: E402  # agents patch what is imported after them

app = FastAPI()

if AGENT == "elastic":
    from elasticapm.contrib.starlette import ElasticAPM, make_apm_client

    settings = {"SERVER_URL": f"http://{ADDRESS}", "SERVICE_NAME": "till", "API_REQUEST_TIME": "200ms"}
    app.add_middleware(ElasticAPM, client=make_apm_client(settings))
if AGENT == "logfire":
    import logfire
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    out = Path(os.environ["AGENT_FILE"]).open("a", buffering=1)  # noqa: SIM115  # as long as the service lives
    logfire.configure(
        send_to_logfire=False,
        console=False,
        service_name="till",
        additional_span_processors=[SimpleSpanProcessor(ConsoleSpanExporter(out=out))],
    )
    logfire.instrument_fastapi(app)


@app.get("/ok")
def ok() -> str:
    return "ok"


@app.get("/order")
def order() -> str:
    raise LookupError("no tea")
