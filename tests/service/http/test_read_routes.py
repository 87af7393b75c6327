"""Claims on read routes: they parse as FastAPI does, and behave as all other routes do."""

import json
from collections.abc import Iterator
from typing import Annotated, Any
from urllib.parse import parse_qsl

import pytest
from fastapi import FastAPI, Query, Request
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.app import create_app
from service.errors import Conflict
from service.http import ReadRoute, authorize
from service.recommendations.router import reads
from service.settings import Settings, get_settings
from tests.support.asgi import Wanted, ask_all

SIMILAR = "/recommendations/similar-tracks/"
READS = [route for route in reads.routes if isinstance(route, ReadRoute)]
VALUES = [
    *("", "0", "1", "10", "100", "101", "-1", "+1", " 1", "1.0", "1e3", "01", "1_0", "٣"),
    *("nan", "inf", "1e999", "0.5", ".5", "true", "false", "yes", "on", "2", "week", "all", "Week"),
    *("jazz", "r&b", " ", "\0", "\ud800", "é", "%", "%zz", "a+b", "energy:1", "energy:1,tempo:0.5"),
    *(
        "9223372036854775807",
        "9223372036854775808",
        "null",
        "[]",
        "x" * 101,
        "1,2,3",
        "1,,2",
        "1&1",
    ),
]


@pytest.fixture
def database_kind() -> str:
    """Nothing of it reaches a database."""
    return "sqlite"


@pytest.fixture(scope="module", params=READS, ids=lambda read: read.operation_id)
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[ReadRoute, TestClient]]:
    """A read, and FastAPI's own way of reading its parameters."""
    read: ReadRoute = request.param
    app = FastAPI()
    model: Any = read.parameters

    @app.get("/")
    async def echo(wanted: Annotated[model, Query()]) -> str:
        return repr(wanted)

    with TestClient(app) as client:
        yield read, client


def queries(read: ReadRoute) -> st.SearchStrategy[str]:
    names = st.sampled_from([*read.parameters.model_fields, "unknown", "", "Limit"])
    values = st.sampled_from(VALUES) | st.integers(-5, 200).map(str) | st.floats(0, 11).map(str)
    plain = st.tuples(names, values).map("=".join)
    valid = st.sampled_from([f"{name}=1" for name in ("track_id", "user_id", "limit")])
    odd = st.sampled_from(["", "limit", "=", "=1", "limit==1", "limit=1;x=2", "%6Cimit=5", "limi%"])
    return st.lists(plain | valid | odd, max_size=5).map("&".join)


@settings(suppress_health_check=list(HealthCheck), max_examples=400)
@given(data=st.data())
def test_parameters_are_read_as_fastapi_reads_them(
    pair: tuple[ReadRoute, TestClient], data: st.DataObject
) -> None:
    read, client = pair
    query = data.draw(queries(read)).encode("utf-8", "surrogatepass")
    query = b"".join(bytes([c]) if 32 < c < 127 else b"%%%02X" % c for c in query)

    parsed = read.parse(query)
    [(_, reply)] = ask_all(client, [Wanted("GET", "/", query.decode())])

    names = [name for name, _ in parse_qsl(query.decode(), keep_blank_values=True)]
    if parsed is not None:
        assert reply.status == 200
        assert json.loads(reply.body) == repr(parsed)
    elif len(set(names)) == len(names):
        assert reply.status == 422


def test_both_forms_of_an_address_are_answered_alike(client: TestClient) -> None:
    for path in (SIMILAR, "/recommendations/personalized/", "/recommendations/trending/"):
        replies = [client.get(form, params={"limit": 3}) for form in (path, path[:-1])]
        assert replies[0].status_code == replies[1].status_code
        bodies = [reply.json() for reply in replies]
        for body in bodies:
            body.pop("recommendation_id", None)  # of this one list, where it is not cached
        assert bodies[0] == bodies[1]


def test_read_routes_check_access(app: FastAPI) -> None:
    asked = []

    async def deny(request: Request) -> None:
        asked.append(request.url.path)
        raise Conflict("Not you.")

    app.dependency_overrides[authorize] = deny
    with TestClient(app) as client:
        asked.clear()  # Segue has asked itself before
        assert client.get("/recommendations/trending/").status_code == 409
    # FastAPI checks once more, and reports the error.
    assert asked == ["/recommendations/trending/"] * 2


def test_their_replies_carry_the_headers_of_all_replies(client: TestClient) -> None:
    ordinary = client.get("/genres/").headers
    read = client.get("/recommendations/trending/").headers

    assert set(ordinary) - set(read) == set()
    for name in set(ordinary) - {"content-length"}:
        assert read[name] == ordinary[name]


def test_they_are_counted_by_their_route(client: TestClient) -> None:
    line = 'segue_http_requests_total{method="GET",route="/recommendations/trending/",status="200"}'

    def count() -> float:
        lines = client.get("/metrics").text.splitlines()
        return sum(float(each.rsplit(" ", 1)[1]) for each in lines if each.startswith(line))

    before = count()
    client.get("/recommendations/trending")
    client.get("/recommendations/trending/?limit=3")
    assert count() == before + 2


def test_pages_of_allowed_origins_may_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGUE_CORS_ORIGINS", "https://a.example")
    get_settings.cache_clear()
    with TestClient(create_app()) as client:
        reply = client.get("/recommendations/trending/", headers={"Origin": "https://a.example"})
    assert reply.headers["access-control-allow-origin"] == "https://a.example"
