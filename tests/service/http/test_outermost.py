"""Claims on what every reply has, whoever makes it."""

import socket
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.app import create_app
from service.http import MAX_BODY, Overload
from service.http.shedding import refusal
from service.settings import Settings, get_settings
from tests.support.servers import segue_server

ORIGIN = "https://player.example"


@pytest.fixture
def cross_origin(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application with one allowed origin."""
    monkeypatch.setenv("SEGUE_CORS_ORIGINS", ORIGIN)
    get_settings.cache_clear()
    return create_app()


@pytest.fixture
def database_kind() -> str:
    """Nothing of it depends on the database."""
    return "sqlite"


@pytest.mark.parametrize("path", ["/livez", "/", "/docs", "/users/", "/recommendations/trending"])
def test_head_answers_as_get_does_without_the_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


def test_head_of_what_is_not_there_is_404_without_a_body(client: TestClient) -> None:
    head = client.head("/tracks/3")
    assert (head.status_code, head.content) == (404, b"")


def test_a_refused_request_may_be_read_by_allowed_origins(
    cross_origin: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Overload, "_is_late", lambda _: True)
    with TestClient(cross_origin) as client:
        reply = client.get("/users/", headers={"Origin": ORIGIN})

    assert reply.status_code == 503
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    assert "content-security-policy" in reply.headers


def test_a_read_refused_before_it_is_parsed_may_be_read_by_allowed_origins() -> None:
    def refused(origin: str, allowed: str) -> str:
        return refusal(f"GET / HTTP/1.1\r\noRiGin: {origin}\r\n\r\n".encode(), allowed).decode()

    allowed = f"https://a.example, {ORIGIN}"
    assert f"\r\naccess-control-allow-origin: {ORIGIN}\r\n" in refused(ORIGIN, allowed)
    assert "\r\naccess-control-allow-origin: *\r\n" in refused(ORIGIN, "*")
    assert "access-control" not in refused("https://b.example", allowed)
    assert "\r\ncontent-security-policy: " in refused(ORIGIN, "")


def test_a_bug_may_be_read_by_allowed_origins(cross_origin: FastAPI) -> None:
    async def bug() -> None:
        raise AssertionError

    cross_origin.router.add_api_route("/bug", bug)
    cross_origin.router.routes.insert(0, cross_origin.router.routes.pop())
    with TestClient(cross_origin, raise_server_exceptions=False) as client:
        reply = client.get("/bug", headers={"Origin": ORIGIN})

    assert reply.status_code == 500
    assert reply.headers["access-control-allow-origin"] == ORIGIN
    assert "content-security-policy" in reply.headers


def test_a_refused_preflight_is_a_problem_document(cross_origin: FastAPI) -> None:
    asked = {"Origin": "https://b.example", "Access-Control-Request-Method": "GET"}
    with TestClient(cross_origin) as client:
        reply = client.options("/users/", headers=asked)

    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == 400


@pytest.mark.parametrize("address", ["/docs", "/docs/"])
def test_links_of_the_documentation_lead_to_its_files(client: TestClient, address: str) -> None:
    page = client.get(address).text
    files = [part.split('"')[0] for part in page.replace("src=", "href=").split('href="')[1:]]

    assert len(files) == 4
    for each in files:
        assert client.get(str(client.base_url.join(address).join(each))).is_success, each
    assert 'new URL("../openapi.json"' in client.get("/docs/start.js").text


def _answer(port: int, head: str, body: bytes) -> bytes:
    """Send a whole request before any of the reply is read."""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        lines = f"{head}\r\nHost: segue\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(lines.encode() + body)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_client_that_sends_too_much_receives_the_problem_document(tmp_path: Path) -> None:
    body = b"x" * (5 * MAX_BODY + 400_000)
    with segue_server(tmp_path / "data") as server:
        port = int(server.url.rpartition(":")[2])
        for head in ("POST /tracks/ HTTP/1.1", "POST /nothing HTTP/1.1", "PUT / HTTP/1.1"):
            reply: Any = _answer(port, head, body)
            assert b"application/problem+json" in reply, head
