"""A wire to a database server that a test can cut."""

import socket
import threading
from contextlib import suppress

CHUNK = 65_536


class CuttableServer:
    """Passes connections on to another server, or refuses them."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._ends: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passing = threading.Event()
        self._passing.set()
        self._listener = self._listen(0)
        self.port = int(self._listener.getsockname()[1])

    def cut(self) -> None:
        """Break all connections and refuse new ones."""
        self._shut(self._listener)
        with self._lock:
            for end in self._ends:
                self._shut(end)
            self._ends.clear()

    def mend(self) -> None:
        """Accept connections again, on the same port."""
        self._listener = self._listen(self.port)

    def hang(self) -> None:
        """Accept and take everything, and answer nothing."""
        self._passing.clear()

    def resume(self) -> None:
        """Answer again, also what was asked meanwhile."""
        self._passing.set()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, args=[listener], daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # the listener was shut
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                with self._lock:
                    self._ends += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=[source, sink], daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # either end was shut
            while content := source.recv(CHUNK):
                self._passing.wait()
                sink.sendall(content)
        self._shut(sink)

    @staticmethod
    def _shut(end: socket.socket) -> None:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
