"""The binary protocol of MySQL for PyMySQL, which speaks only the one of texts.

Rows of a prepared statement come as bytes that a kernel parses (`index.kernels.binary_rows`): the
server writes no number out, and no Python object is made of a value. What this stands on are
PyMySQL's packets, which are not public: the tests read every type of column from real servers.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
from pymysql.constants import CR
from pymysql.protocol import FieldDescriptorPacket, MysqlPacket

_PREPARE, _EXECUTE, _CLOSE = 0x16, 0x17, 0x19
_NO_CURSOR, _ONCE = 0, 1


class PreparedConnection(pymysql.connections.Connection):  # type: ignore[misc]
    """Sends the rows of a statement as they are."""

    _prepared = 0
    _ahead = b""
    """Read already, behind the columns."""

    def begin_rows(self, statement: str) -> list[FieldDescriptorPacket]:
        """Run a statement that returns rows; return its columns. Then `take_bytes` of all rows."""
        self._execute_command(_PREPARE, statement)
        answer = self._read_packet().get_all_data()
        self._prepared, columns, parameters = struct.unpack_from("<IHH", answer, 1)
        for described in (parameters, columns):
            self._columns(described)
        execute = struct.pack("<IBI", self._prepared, _NO_CURSOR, _ONCE)
        self._execute_command(_EXECUTE, execute)
        found = self._columns(self._read_packet().read_length_encoded_integer())
        with self._hearing():
            # PyMySQL's file is emptied; from here on the socket is read. A packet follows for sure.
            self._ahead = self._rfile.read(len(self._rfile.peek()))
        return found

    def take_bytes(self, room: memoryview) -> int:
        """Read bytes of rows, some at least; return how many.

        Raises
        ------
        pymysql.err.OperationalError
            The connection is lost.
        """
        if self._ahead:
            taken = self._ahead[: len(room)]
            self._ahead = self._ahead[len(room) :]
            room[: len(taken)] = taken
            return len(taken)
        with self._hearing():
            count: int = self._sock.recv_into(room)
            if not count:
                raise ConnectionError("closed")
        return count

    def end_rows(self, packet: bytes) -> None:
        """Take the packet behind the last row. Raises the error that it tells of."""
        answer = MysqlPacket(packet, self.encoding)
        answer.check_error()
        if not answer.is_eof_packet():
            raise pymysql.err.InternalError("What follows the rows is no end of rows")
        self._execute_command(_CLOSE, struct.pack("<I", self._prepared))

    def _columns(self, count: int) -> list[FieldDescriptorPacket]:
        columns: list[Any] = [self._read_packet(FieldDescriptorPacket) for _ in range(count)]
        if count:
            self._read_packet()  # the end of them
        return columns

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._force_close()
            lost = f"Lost connection to MySQL server during query ({error})"
            raise pymysql.err.OperationalError(CR.CR_SERVER_LOST, lost) from error
