"""A Flask app that fails."""

import os

import flask
import psycopg

app = flask.Flask(__name__)


@app.get("/fail/bug")
def bug() -> str:
    return str(1 // 0)


@app.get("/fail/drift")
def drift() -> str:
    with psycopg.connect(f"host=127.0.0.1 port={os.environ['SHOP_DB_PORT']} user=shop dbname=shop") as shop:
        return str(shop.execute("select * from refunds").fetchall())


@app.get("/well")
def well() -> str:
    return "well"
