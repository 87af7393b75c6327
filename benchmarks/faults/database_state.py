"""The state of a database and of the worker that uses it."""

import asyncio
import time
from dataclasses import dataclass

import psutil
import pymysql
from sqlalchemy import make_url

from benchmarks.harness.http_client import Client
from benchmarks.harness.servers import port_of
from tests.support.mysql import OwnMysql
from tests.support.processes import peer_ports
from tests.support.servers import SegueServer


@dataclass(frozen=True, slots=True)
class Resources:
    """Resources that a worker holds."""

    threads: int
    connections: int
    files: int


UNKNOWN = Resources(0, 0, 0)


async def until_database_answers(url: str) -> None:
    """Return as soon as the database takes a connection."""
    parsed = make_url(url)
    while True:
        try:
            await asyncio.to_thread(
                lambda: pymysql.connect(
                    host=parsed.host,
                    port=parsed.port or 3306,
                    user=parsed.username,
                    password=parsed.password or "",
                    ssl_disabled=True,
                    connect_timeout=5,
                    read_timeout=5,
                ).close()
            )
        except pymysql.err.MySQLError:
            await asyncio.sleep(0.01)
        else:
            return


def resources_of(server: SegueServer, mysql: OwnMysql) -> Resources:
    """Return the resources that the worker holds now."""
    worker = psutil.Process(server.process.pid)
    connections = peer_ports(worker.pid).count(mysql.url.port or 0)
    return Resources(worker.num_threads(), connections, worker.num_fds())


def settled_resources(server: SegueServer, mysql: OwnMysql, before: Resources) -> Resources:
    """Return the resources of the worker once the clients have left.

    A thread ends when it has been idle for 10 s and another one gets work.
    """
    with Client(port_of(server)) as client:
        for _ in range(60):
            client.get("/tracks/", limit=1)
            now = resources_of(server, mysql)
            if now.threads <= before.threads + 2 and now.files <= before.files + 12:
                break
            time.sleep(0.5)
    return now
