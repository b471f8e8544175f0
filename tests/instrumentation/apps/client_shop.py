"""A FastAPI service that asks an outside one, by one HTTP client per route."""

import os

import aiohttp
import boto3
import httpx
import requests
import urllib3
from botocore.config import Config
from fastapi import FastAPI

app = FastAPI()
OUTSIDE = os.environ["OUTSIDE"]
TIMEOUT_S = 0.2
#: Not to be found in the source lines of a stack trace.
SECRET = "hu" + "sh"


@app.get("/ok")
def ok() -> dict[str, str]:
    """Succeed."""
    return {"status": "ok"}


@app.get("/httpx")
def by_httpx(url: str) -> None:
    """Ask by httpx."""
    httpx.get(url, timeout=TIMEOUT_S, trust_env=False, headers={"authorization": SECRET}).raise_for_status()


@app.get("/httpx-async")
async def by_httpx_async(url: str) -> None:
    """Ask by httpx in the event loop."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        (await client.get(url, headers={"authorization": SECRET})).raise_for_status()


@app.get("/requests")
def by_requests(url: str) -> None:
    """Ask by requests."""
    requests.get(url, timeout=TIMEOUT_S, headers={"authorization": SECRET}).raise_for_status()


@app.get("/urllib3")
def by_urllib3(url: str) -> None:
    """Ask by urllib3."""
    with urllib3.PoolManager(retries=False, timeout=TIMEOUT_S) as pool:
        if pool.request("GET", url, headers={"authorization": SECRET}).status >= 500:
            raise RuntimeError("the outside service failed")


@app.get("/aiohttp")
async def by_aiohttp(url: str) -> None:
    """Ask by aiohttp."""
    limit = aiohttp.ClientTimeout(total=TIMEOUT_S)
    secret = {"authorization": SECRET}
    async with aiohttp.ClientSession(timeout=limit) as session, session.get(url, headers=secret) as answer:
        answer.raise_for_status()


@app.get("/boto3")
def by_boto3(url: str) -> None:
    """Ask for an object of S3; the host is the URL's, the object is its path."""
    host, _, path = url.removeprefix("http://").partition("/")
    _s3(f"http://{host}").get_object(Bucket="shop", Key=path)


@app.get("/boto3-fine")
def by_boto3_fine() -> dict[str, str]:
    """Read an object that is there."""
    return {"object": _s3(OUTSIDE).get_object(Bucket="shop", Key="fine")["Body"].read().decode()}


def _s3(endpoint: str) -> "boto3.client":
    config = Config(
        retries={"total_max_attempts": 1},
        read_timeout=TIMEOUT_S,
        connect_timeout=TIMEOUT_S,
        s3={"addressing_style": "path"},
    )
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="eu-central-1",
        aws_access_key_id="AKIA" + "ABCDEFGHIJKLMNOP",
        aws_secret_access_key=SECRET,
        config=config,
    )
