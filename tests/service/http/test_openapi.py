"""The description of the API is complete, and the API keeps to it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service.errors import Conflict
from service.http import authorize

load_all_checks()

ONE_OF_TWO = {"/recommendations/similar-artists/"}
"""Of two parameters exactly one is needed."""
TAGS = {"recommendations", "tracks", "users", "interactions", "operations"}


@pytest.fixture
def database_kind() -> str:
    """What is described doesn't depend on the database."""
    return "sqlite"


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def has_example(described: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Tell whether a schema, or everything that it is made of, shows an example."""
    if any(name in described for name in ("example", "examples", "const", "enum", "default")):
        return True
    if reference := described.get("$ref"):
        return has_example(schema["components"]["schemas"][reference.rsplit("/", 1)[1]], schema)
    if kinds := described.get("anyOf") or described.get("oneOf"):
        return any(has_example(kind, schema) for kind in kinds)
    if described.get("type") == "array":
        return has_example(described["items"], schema)
    if fields := described.get("properties"):
        return any(has_example(field, schema) for field in fields.values())
    return described.get("type") in {"integer", "number", "boolean", "null"}


def test_every_operation_is_described(app: FastAPI) -> None:
    schema = app.openapi()
    seen = set()
    for name, operation in operations(schema):
        assert operation["summary"], name
        assert operation["description"], name
        assert re.fullmatch(r"[a-z_]+", operation["operationId"]), name
        assert operation["operationId"] not in seen, name
        assert set(operation["tags"]) <= TAGS, name
        seen.add(operation["operationId"])
    assert len(seen) > 20


def test_every_body_parameter_and_reply_has_an_example(app: FastAPI) -> None:
    schema = app.openapi()
    for name, operation in operations(schema):
        for status, reply in operation["responses"].items():
            if status in {"204", "304"}:
                continue
            [content] = reply["content"].values()
            shown = "example" in content or has_example(content["schema"], schema)
            assert shown, f"{name} {status}"
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            assert "examples" in content or has_example(content["schema"], schema), name


def test_every_error_is_a_problem_document(app: FastAPI) -> None:
    for name, operation in operations(app.openapi()):
        errors = {s: r for s, r in operation["responses"].items() if int(s) >= 400}
        for status, reply in errors.items():
            assert list(reply["content"]) == ["application/problem+json"], f"{name} {status}"
        has_input = "requestBody" in operation or "parameters" in operation
        assert ("422" in errors) == has_input, name
        assert ({"400", "413"} <= set(errors)) == ("requestBody" in operation), name


def test_every_route_passes_the_one_place_of_access(app: FastAPI) -> None:
    async def deny(request: Request) -> None:
        raise Conflict("Not you.")

    app.dependency_overrides[authorize] = deny
    described = [tuple(name.split(" ", 1)) for name, _ in operations(app.openapi())]
    pages = ["/", "/docs", "/docs/swagger-ui.css", "/openapi.json", "/static/app.js"]
    with TestClient(app) as client:
        for method, path in [*described, *(("GET", page) for page in pages)]:
            reply = client.request(method, re.sub(r"\{.*?\}", "1", path))
            assert (reply.status_code, reply.json()["detail"]) == (409, "Not you."), path


def test_the_replaced_error_schemas_are_gone(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()

    assert "HTTPValidationError" not in str(schema)
    assert "ProblemDocument" in schema["components"]["schemas"]


@pytest.mark.parametrize("examples", [10, pytest.param(100, marks=pytest.mark.harness)])
def test_the_api_keeps_to_its_description(app: FastAPI, examples: int) -> None:
    """Schemathesis sends what the schema allows and forbids, and holds the replies against it."""
    with TestClient(app) as client:
        track = client.post("/tracks/", json={"title": "t", "artist": "a", "energy": 0.5}).json()
        user = client.post("/users/", json={"external_id": "u"}).json()
        event = {"user_id": user["id"], "track_id": track["id"], "action": "play"}
        assert client.post("/interactions/", json=event).status_code == 201

        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)
            _exercise(result.ok().as_strategy(), examples)


def _exercise(strategy: Any, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case: Any) -> None:
        # A schema cannot say that one of two fields is needed, or that two must agree.
        sayable = case.method == "GET" and case.path not in ONE_OF_TWO
        unsayable = [] if sayable else [positive_data_acceptance]
        case.call_and_validate(excluded_checks=unsayable)

    run()
