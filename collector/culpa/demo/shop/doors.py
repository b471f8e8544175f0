"""What a request may ask the running shop for."""

from typing import Annotated, cast

from fastapi import Depends, Request

from .database import Database
from .payments import Payments
from .settings import Settings


def _database(request: Request) -> Database:
    return cast(Database, request.app.state.database)


def _payments(request: Request) -> Payments:
    return cast(Payments, request.app.state.payments)


def _settings(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


TheDatabase = Annotated[Database, Depends(_database)]
ThePayments = Annotated[Payments, Depends(_payments)]
TheSettings = Annotated[Settings, Depends(_settings)]
