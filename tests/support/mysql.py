"""A throw-away MySQL or MariaDB server for tests and benchmarks."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pymysql
from sqlalchemy.engine import URL, make_url

from tests.support.processes import ServerFailed, background, free_port, wait, wait_until
from tests.support.provision import ProgramMissing, require_mysql

MYSQL_8_SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
DATABASE_PREFIX = "segue_test_"
MYSQL_IMAGE = "mysql:8"
NO_TLS = {"ssl_disabled": "true"}
"""On loopback TLS protects nothing, and reading the CA bundle costs 50 ms a connection."""


Template: TypeAlias = list[tuple[str, tuple[Any, ...]]]
"""Statements with their values, in order."""


class MysqlServer:
    """A MySQL or MariaDB server on which only databases named ``segue_test_*`` are touched."""

    def __init__(self, url: URL) -> None:
        self.url = url

    def execute(self, *statements: str) -> None:
        """Run statements outside any database."""
        with pymysql.connect(**self._login()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def create_database(self) -> str:
        """Create an empty database and return its URL, password included."""
        name = DATABASE_PREFIX + secrets.token_hex(6)
        self.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database that `create_database` made."""
        name = make_url(url).database or ""
        if not name.startswith(DATABASE_PREFIX):
            raise ValueError(f"{name!r} is not a test database")
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")

    def dump(self, url: str) -> Template:
        """Return what makes a copy of a database: its tables and the few rows they hold."""
        name = make_url(url).database
        with pymysql.connect(**self._login(), database=name) as connection:
            cursor = connection.cursor()
            cursor.execute("SHOW TABLES")
            tables = [str(row[0]) for row in cursor.fetchall()]
            statements: Template = []
            for table in tables:
                cursor.execute(f"SHOW CREATE TABLE `{table}`")
                created = cursor.fetchone()
                assert created is not None
                statements.append((str(created[1]), ()))
                cursor.execute(f"SELECT * FROM `{table}`")
                for row in cursor.fetchall():
                    places = ", ".join(["%s"] * len(row))
                    statements.append((f"INSERT INTO `{table}` VALUES ({places})", row))
        return statements

    def fill(self, url: str, template: Template) -> None:
        """Make the tables of ``template`` in an empty database, which gets a UUID of its own."""
        name = make_url(url).database
        with pymysql.connect(**self._login(), database=name) as connection:
            cursor = connection.cursor()
            cursor.execute("SET foreign_key_checks = 0")
            for statement, values in template:
                cursor.execute(statement, values or None)
            cursor.execute(
                "UPDATE segue_meta SET value = %s WHERE name = 'database_uuid'", [str(uuid.uuid4())]
            )

    def _login(self) -> dict[str, Any]:
        return {
            **self.url.query,
            "host": self.url.host or "127.0.0.1",
            "port": self.url.port or 3306,
            "user": self.url.username or "root",
            "password": self.url.password or "",
            "charset": "utf8mb4",
            "autocommit": True,
            "connect_timeout": 10,
        }


@contextmanager
def mysql_server() -> Iterator[MysqlServer]:
    """Yield the server of ``TEST_MYSQL_URL``, else one of our own, else one in Docker."""
    given = os.environ.get("TEST_MYSQL_URL")
    if given:
        yield MysqlServer(make_url(given).set(drivername="mysql+pymysql", database=None))
    elif program := require_mysql():
        with own_mysql(program) as server:
            yield server
    else:
        with docker_mysql() as server:
            yield server


@contextmanager
def own_mysql(program: str, *options: str) -> Iterator["OwnMysql"]:
    """Run ``program`` on a free port in a temporary folder, and throw both away afterwards.

    A crash of the machine may cost this server its data, and nobody minds: syncs are off.
    """
    with tempfile.TemporaryDirectory(prefix="segue-db-") as folder:
        version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
        is_mariadb = "MariaDB" in version
        data = Path(folder) / "data"
        _install_system_tables(program, data, is_mariadb=is_mariadb)
        port, password = free_port(), secrets.token_hex(12)
        init_file = Path(folder) / "init.sql"
        init_file.write_text(
            f"CREATE USER IF NOT EXISTS 'segue_test'@'%' IDENTIFIED BY '{password}';\n"
            "GRANT ALL PRIVILEGES ON *.* TO 'segue_test'@'%' WITH GRANT OPTION;\n"
        )
        command = (
            program,
            "--no-defaults",
            *_run_as_root(),
            f"--datadir={data}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            f"--socket={folder}/s",
            f"--pid-file={folder}/pid",
            # At its start a server deletes what others keep in a folder for temporary tables.
            f"--tmpdir={folder}",
            f"--init-file={init_file}",
            f"--sql-mode={MYSQL_8_SQL_MODE}",
            "--character-set-server=utf8mb4",
            "--innodb-flush-log-at-trx-commit=0",
            "--skip-innodb-doublewrite",
            "--innodb-buffer-pool-size=128M",
            "--skip-name-resolve",
            *(["--debug-no-sync"] if is_mariadb else ["--mysqlx=OFF", "--skip-log-bin"]),
            *options,
        )
        url = URL.create("mysql+pymysql", "segue_test", password, "127.0.0.1", port, query=NO_TLS)
        server = OwnMysql(url, command, Path(folder) / "log")
        with closing(server):
            server.start()
            yield server


class OwnMysql(MysqlServer):
    """A server of our own, to be killed, stopped and started as a test likes."""

    def __init__(self, url: URL, command: Sequence[str], log: Path) -> None:
        super().__init__(url)
        self._command = command
        self._log = log
        self._running = ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start on what is there; return once it answers, or at once."""
        self._process = self._running.enter_context(background(self._command, log=self._log))
        if wait:
            wait_until(lambda: _answers(self), self._process, self._log, seconds=300)

    def kill(self) -> None:
        """End it as a power cut would, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def pause(self) -> None:
        """Let it hang: it keeps all connections and answers none."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """End it, however it is."""
        if self._process is not None and self._process.poll() is None:
            self.resume()
        self._running.close()


@contextmanager
def docker_mysql() -> Iterator[MysqlServer]:
    """Run MySQL in a container on a free port of loopback."""
    password = secrets.token_hex(12)
    started = subprocess.run(
        (
            "docker run --rm --detach --publish 127.0.0.1::3306 --tmpfs /var/lib/mysql "
            f"--env MYSQL_ROOT_PASSWORD={password} {MYSQL_IMAGE} "
            "--skip-log-bin --character-set-server=utf8mb4"
        ).split(),
        capture_output=True,
        text=True,
    )
    if started.returncode:
        raise ProgramMissing(f"Docker could not start {MYSQL_IMAGE}: {started.stderr.strip()}")
    container = started.stdout.strip()
    try:
        published = subprocess.check_output(["docker", "port", container, "3306/tcp"], text=True)
        port = int(published.splitlines()[0].rsplit(":", 1)[1])
        server = MysqlServer(URL.create("mysql+pymysql", "root", password, "127.0.0.1", port))
        wait(lambda: _answers(server), seconds=300, what=MYSQL_IMAGE)
        yield server
    finally:
        subprocess.run(["docker", "rm", "--force", container], capture_output=True)


def _answers(server: MysqlServer) -> bool:
    try:
        server.execute("SELECT 1")
    except pymysql.err.MySQLError:
        return False
    return True


def _run_as_root() -> list[str]:
    """A server refuses to run as root unless it is told so."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _install_system_tables(program: str, data: Path, *, is_mariadb: bool) -> None:
    if is_mariadb:
        installer = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
        if installer is None:
            raise ProgramMissing(f"{program} is installed without mariadb-install-db.")
        command = [installer, "--no-defaults", f"--datadir={data}", "--skip-test-db"]
        command += ["--auth-root-authentication-method=normal", "--skip-name-resolve"]
    else:
        command = [program, "--no-defaults", "--initialize-insecure", f"--datadir={data}"]
    done = subprocess.run([*command, *_run_as_root()], capture_output=True, text=True)
    if done.returncode:
        raise ServerFailed(f"{command[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
