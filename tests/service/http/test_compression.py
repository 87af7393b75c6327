"""Files of the web app travel compressed to clients that accept it."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.http import static
from service.http.compression import accepts_gzip

FILES = ("/static/app.js", "/static/styles/shell.css", "/docs/swagger-ui-bundle.js")


@pytest.fixture
def client() -> TestClient:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(static.router)
    return TestClient(app)


@pytest.mark.parametrize("path", FILES)
def test_text_files_are_compressed_and_hold_the_same(client: TestClient, path: str) -> None:
    plain = client.get(path, headers={"accept-encoding": "identity"})
    packed = client.get(path, headers={"accept-encoding": "br;q=1.0, gzip;q=0.8"})

    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert packed.headers["content-type"] == plain.headers["content-type"]
    assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"


def test_a_compressed_file_that_is_still_the_same_is_not_sent_again(client: TestClient) -> None:
    tag = client.get(FILES[0], headers={"accept-encoding": "gzip"}).headers["etag"]

    assert client.get(FILES[0], headers={"if-none-match": tag}).status_code == 304


def test_a_part_of_a_file_is_sent_as_it_is(client: TestClient) -> None:
    part = client.get(FILES[0], headers={"range": "bytes=0-9", "accept-encoding": "gzip"})

    assert (part.status_code, len(part.content)) == (206, 10)
    assert "content-encoding" not in part.headers


@pytest.mark.parametrize(
    ("header", "accepted"),
    [("gzip", True), ("*", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("", False)],
)
def test_a_client_says_whether_it_accepts_gzip(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted
