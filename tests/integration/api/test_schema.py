"""The API is what its description says: Schemathesis asks it what nobody thought of, from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as bounds
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from support.pages import partnership

from nightlight.actions.signin import service_keys
from nightlight.api.service import api

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore")]
schema = schemathesis.openapi.from_dict(api.get_openapi_schema(path_prefix="/api/v1/"))
schema.app = WSGIHandler()


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[str]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr("nightlight.api.service.limit", lambda code, at: 10**6)
    for signal in (request_started, request_finished):  # as Django's own test client does
        signal.disconnect(close_old_connections)
    partnership()
    yield service_keys.create(
        name="a fuzzer", organisation="force-1", feeds=["police"], may=["deliver", "receipts"], days=1, by="test",
        now=datetime.now(UTC),
    )[1]  # fmt: skip
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@seed(20261123)
@schema.parametrize()
@bounds(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.generate], derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_every_answer_is_one_that_is_declared(case: schemathesis.Case, key: str) -> None:
    case.call_and_validate(
        headers={"Authorization": f"Bearer {key}"},
        checks=[
            not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
        ],
    )  # fmt: skip
