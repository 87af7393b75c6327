"""Every error is a problem document, and none says back what was sent."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from service.database import is_unavailable
from service.errors import Conflict, Unavailable
from service.http import MAX_BODY, install

SECRET = "s3cret-value"


def problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    document = dict(reply.json())
    assert {"type", "title", "status", "detail"} <= set(document)
    assert document["status"] == status
    return document


def test_an_unknown_address_is_a_problem(client: TestClient) -> None:
    assert problem(client.get("/nothing"), 404)["title"] == "Not Found"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/users/", "GET, HEAD, POST"),
        ("/tracks/5", "DELETE, GET, HEAD, PATCH"),
        ("/stats", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_a_problem_that_names_the_right_ones(
    client: TestClient, address: str, allowed: str
) -> None:
    reply = client.put(address)

    problem(reply, 405)
    assert reply.headers["allow"] == allowed


def test_a_body_that_is_no_json_is_a_problem(client: TestClient) -> None:
    for body in (b"{", b"", b"\xff\xfe", b'{"a":}', b"[" * 200_000):
        reply = client.post("/tracks/", content=body, headers={"Content-Type": "application/json"})
        problem(reply, 400 if body else 422)


def test_an_invalid_request_names_its_fields_and_repeats_nothing(client: TestClient) -> None:
    reply = client.post("/tracks/", json={"title": 5, "artist": SECRET, "energy": SECRET})

    document = problem(reply, 422)
    assert [error["field"] for error in document["errors"]] == ["body.energy", "body.title"]
    assert SECRET not in reply.text


def test_made_up_names_of_fields_are_not_repeated(client: TestClient) -> None:
    reply = client.post("/tracks/", json={"title": "t", "artist": "a", "<script>": 1, "a\nb": 2})

    assert {error["field"] for error in problem(reply, 422)["errors"]} == {"body.?"}


def test_a_body_over_1_mib_is_too_large(client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}
    for size in (MAX_BODY + 1, 10 * MAX_BODY):
        body = b'"' + b"x" * (size - 2) + b'"'
        for path in ("/tracks/", "/users/", "/interactions/", "/nothing"):
            problem(client.post(path, content=body, headers=headers), 413)
        for path in ("/tracks/", "/users/", "/interactions/"):
            pieces = (body[start : start + 65_536] for start in range(0, size, 65_536))
            problem(client.post(path, content=pieces, headers=headers), 413)


def test_a_body_of_1_mib_is_read(client: TestClient) -> None:
    body = b'"' + b"x" * (MAX_BODY - 2) + b'"'
    reply = client.post("/tracks/", content=body, headers={"Content-Type": "application/json"})

    problem(reply, 422)


def test_no_bug_shows_its_insides() -> None:
    app = FastAPI()
    install(app)

    @app.get("/bug")
    async def bug() -> None:
        raise LookupError(SECRET)

    with TestClient(app, raise_server_exceptions=False) as client:
        reply = client.get("/bug")
    problem(reply, 500)
    assert SECRET not in reply.text


def test_a_database_error_is_503_only_while_the_database_is_away() -> None:
    app = FastAPI()
    install(app)
    number = 0

    @app.get("/")
    async def fail() -> None:
        raise OperationalError("SELECT 1", {}, Exception(number, SECRET))

    with TestClient(app, raise_server_exceptions=False) as client:
        for number, status in [(2003, 503), (2013, 503), (1040, 503), (1054, 500), (1064, 500)]:  # noqa: B007
            reply = client.get("/")
            problem(reply, status)
            assert SECRET not in reply.text
            assert ("retry-after" in reply.headers) == (status == 503)


def test_problems_name_their_field_and_headers() -> None:
    conflict = Conflict("Taken.", field="body.email")

    assert [(each.field, each.message) for each in conflict.errors] == [("body.email", "Taken.")]
    assert Unavailable().headers == {"Retry-After": "2"}
    assert not is_unavailable(LookupError())


def test_both_slash_forms_answer_directly(client: TestClient) -> None:
    for path in ("/users", "/tracks", "/genres", "/stats", "/recommendations/trending", "/health"):
        for form in (path, f"{path}/"):
            reply = client.get(form, follow_redirects=False)
            assert reply.status_code == 200, form


def test_items_answer_with_a_slash_too(client: TestClient) -> None:
    track = client.post("/tracks", json={"title": "t", "artist": "a"}).json()

    assert client.get(f"/tracks/{track['id']}/").json() == track
    assert client.patch(f"/tracks/{track['id']}/", json={"title": "u"}).status_code == 200
    assert client.get("/tracks/search", params={"q": "u"}).json()["total"] == 1
    assert client.get(f"/tracks/{track['id']}//").status_code == 404
    assert client.delete(f"/tracks/{track['id']}/").status_code == 204


def test_every_reply_forbids_foreign_scripts(client: TestClient) -> None:
    for path in ("/", "/docs", "/static/app.js", "/users/", "/nothing", "/tracks/0"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff"


def test_the_documentation_page_needs_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text

    assert "//" not in page.replace("<!doctype", "")
    for path in ("docs/swagger-ui.css", "docs/swagger-ui-bundle.js", "docs/start.js"):
        assert path in page
        assert client.get(f"/{path}").status_code == 200


def test_web_files_are_revalidated_not_sent_again(client: TestClient) -> None:
    first = client.get("/static/app.js")
    again = client.get("/static/app.js", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


def test_browsers_of_other_origins_are_not_let_in(client: TestClient) -> None:
    reply = client.get("/users/", headers={"Origin": "https://elsewhere.example"})

    assert "access-control-allow-origin" not in reply.headers


def test_listed_origins_are_let_in(
    database_url: str, settings: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.app import create_app
    from service.settings import get_settings

    monkeypatch.setenv("SEGUE_CORS_ORIGINS", "https://a.example, https://b.example")
    get_settings.cache_clear()
    with TestClient(create_app()) as client:
        for origin, allowed in [("https://b.example", True), ("https://c.example", False)]:
            reply = client.get("/users/", headers={"Origin": origin})
            assert ("access-control-allow-origin" in reply.headers) == allowed
            error = client.get("/users/0", headers={"Origin": origin})
            assert ("access-control-allow-origin" in error.headers) == allowed
