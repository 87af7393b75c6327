"""What is deployed keeps its promises: connections, loopback, secrets, health checks, limits."""

import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from service.commands.serve import check_connections
from service.errors import Failure
from tests.support.clients import asking
from tests.support.processes import background, free_port, wait, wait_until
from tests.support.provision import find_program
from tests.support.servers import PROMPT, SegueServer, segue_server

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The Compose file as written."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_compose_file_is_valid_and_refuses_to_start_without_a_password() -> None:
    program = find_program("docker-compose")
    if program is None:
        return  # named at the end of the test run
    command = [program, "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"]
    assert subprocess.run(command, env={"MYSQL_PASSWORD": "x", "PATH": "/usr/bin"}).returncode == 0
    refused = subprocess.run(command, env={"PATH": "/usr/bin"}, capture_output=True, text=True)
    assert refused.returncode != 0
    assert "MYSQL_PASSWORD" in refused.stderr


def test_workers_and_indexer_leave_a_fifth_of_the_connections_free(compose: dict[str, Any]) -> None:
    workers = int(compose["services"]["api"]["environment"]["SEGUE_WORKERS"])
    command = " ".join(compose["services"]["mysql"]["command"])
    match = re.search(r"--max-connections=(\d+)", command)
    assert match
    assert workers > 1
    check_connections(workers, int(match[1]))
    with pytest.raises(Failure):
        check_connections(workers, workers * 30)


def test_only_nginx_is_published_and_only_on_loopback(compose: dict[str, Any]) -> None:
    published = {name: s["ports"] for name, s in compose["services"].items() if "ports" in s}
    assert list(published) == ["nginx"]
    assert all(port.startswith("127.0.0.1:") for port in published["nginx"])


def test_every_service_that_stays_up_has_a_health_check(compose: dict[str, Any]) -> None:
    unchecked = {name for name, s in compose["services"].items() if "healthcheck" not in s}
    assert unchecked == {"migrate"}


def test_no_secret_has_a_default(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert set(re.findall(r"\$\{MYSQL_PASSWORD(.)", text)) == {":"}
    assert not re.findall(r"PASSWORD:-", text)


def test_api_and_indexer_share_the_snapshots(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert services["api"]["volumes"] == services["indexer"]["volumes"]
    assert services["api"]["environment"]["SEGUE_EMBEDDED_INDEXER"] == "false"


def test_segue_keeps_connections_longer_than_nginx_does() -> None:
    upstream = re.search(
        r"keepalive_timeout (\d+)s;\n    }", (ROOT / "deploy" / "nginx.conf").read_text()
    )
    own = re.search(
        r"timeout_keep_alive=(\d+)", (ROOT / "service" / "commands" / "serve.py").read_text()
    )
    assert upstream
    assert own
    assert int(own[1]) > int(upstream[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SegueServer]:
    """A real server of one process."""
    folder = tmp_path_factory.mktemp("deployed")
    with segue_server(folder / "data", settings=PROMPT | {"SEGUE_DRAIN_SECONDS": "2"}) as server:
        yield server


@pytest.fixture(scope="module")
def behind_nginx(
    server: SegueServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str | None]:
    """URL of the deployed nginx in front of it; None where nginx is not installed."""
    program = find_program("nginx")
    if program is None:
        yield None
        return
    yield from _nginx(program, tmp_path_factory.mktemp("nginx"), server)


def _nginx(program: str, folder: Path, server: SegueServer) -> Iterator[str]:
    port = free_port()
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = text.replace("api:8000", server.url.removeprefix("http://"))
    text = text.replace("listen 8080", f"listen 127.0.0.1:{port}")
    text = text.replace("/tmp/nginx.pid", str(folder / "nginx.pid"))
    config = folder / "nginx.conf"
    config.write_text(text)
    command = [program, "-p", str(folder), "-e", "stderr", "-c", str(config)]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    log, url = folder / "log", f"http://127.0.0.1:{port}"
    with background([*command, "-g", "daemon off;"], log=log) as process:
        wait_until(lambda: _answers(url), process, log, seconds=120)
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/livez").status_code == 200
    except httpx2.TransportError:
        return False


def test_nginx_passes_requests_on(behind_nginx: str | None) -> None:
    if behind_nginx is None:
        return  # named at the end of the test run
    stats = httpx2.get(f"{behind_nginx}/stats/")
    assert stats.status_code == 200
    assert stats.json()["tracks"] == 0


def test_nginx_compresses_only_what_takes_more_than_a_packet(behind_nginx: str | None) -> None:
    if behind_nginx is None:
        return  # named at the end of the test run
    asked = {"Accept-Encoding": "gzip"}
    long = httpx2.get(f"{behind_nginx}/openapi.json", headers=asked)
    assert long.headers["content-encoding"] == "gzip"
    assert long.json()["info"]["title"] == "Segue"
    short = httpx2.get(f"{behind_nginx}/stats/", headers=asked)
    assert len(short.content) < 1400
    assert "content-encoding" not in short.headers


def test_nginx_refuses_large_bodies_with_a_problem_document(behind_nginx: str | None) -> None:
    if behind_nginx is None:
        return  # named at the end of the test run
    reply = httpx2.post(f"{behind_nginx}/tracks/", content=b"x" * (2 << 20))
    assert reply.status_code == 413
    assert reply.headers["content-type"] == "application/problem+json"


def test_nginx_limits_the_rate_of_writes_but_not_of_reads(behind_nginx: str | None) -> None:
    if behind_nginx is None:
        return  # named at the end of the test run
    with httpx2.Client(base_url=behind_nginx) as client:
        reads = {client.get("/livez").status_code for _ in range(100)}
        writes = [client.post("/interactions/", json=[]).status_code for _ in range(100)]
    assert reads == {200}
    assert 429 in writes


def test_a_single_process_announces_its_stop(server: SegueServer) -> None:
    """The last test of the shared server."""
    with asking(server, heeds_readiness=True) as clients:
        wait(lambda: all(c.answers > 10 for c in clients), seconds=240, what="answers")
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(240) == 0

    assert [failure for client in clients for failure in client.failures] == []
    assert all(client.warned for client in clients)


def test_the_wheel_in_the_image_holds_all_packages_and_the_web_app(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("segue-*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    folders = ["index", "service", "frontend"]
    wanted = {
        str(path.relative_to(ROOT))
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= packed
    assert "frontend/index.html" in packed
