"""The search file of a generation: SQLite FTS5, written once, then only read.

It finds exactly what `index.matching` says, in that order. Rowids are ranks by popularity (1 is the
most popular track), so FTS5 yields each class of matches in its final order and a search stops as
soon as its page is full: nothing is sorted, and no candidate is left out. Only the total number of
matches needs a full pass over the postings; it is kept per query, since the file never changes.
"""

import sqlite3
import threading
import weakref
from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue

import numpy as np
from numpy.typing import NDArray

from index.matching import (
    ANYWHERE,
    ARTIST_IS,
    ARTIST_STARTS,
    IN_TITLE,
    TITLE_IS,
    TITLE_STARTS,
    Document,
    Query,
)

_SPACE_IN_NAME = "\ue001"
"""Joins a whole name into one token, so that comparing names is looking up a token."""
_KEPT_TOTALS = 4096
_CONNECTIONS = 4
"""Searches that run at the same time; more of them wait the milliseconds that one takes."""

# Tokens arrive folded: this tokenizer only splits at spaces, whatever Unicode SQLite knows.
_SCHEMA = """
CREATE VIRTUAL TABLE words USING fts5(
    title, artist, album, genre, content='', columnsize=0, tokenize='ascii', prefix='1 2 3');
CREATE VIRTUAL TABLE names USING fts5(
    title, artist, content='', columnsize=0, detail='column', tokenize='ascii', prefix='1 2 3');
"""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of rows, best match first, and the number of all matches."""

    rows: NDArray[np.int64]
    total: int


def popularity_order(
    popularity: NDArray[np.float64], track_ids: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return all rows by descending popularity, then ascending track_id."""
    return np.lexsort((track_ids, -popularity)).astype(np.int32)


def write_search(documents: Iterable[Document], path: Path) -> None:
    """Write the search file of ``documents``, which come in the order of `popularity_order`."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        # A crash leaves a folder without a manifest, so journal and syncs would protect nothing.
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        connection.execute("BEGIN")
        for rank, document in enumerate(documents, start=1):
            _insert(connection, rank, document)
        connection.execute("INSERT INTO words(words) VALUES ('optimize')")
        connection.execute("INSERT INTO names(names) VALUES ('optimize')")
        connection.execute("COMMIT")
        connection.execute("VACUUM")
    finally:
        connection.close()


def _insert(connection: sqlite3.Connection, rank: int, document: Document) -> None:
    connection.execute(
        "INSERT INTO words(rowid, title, artist, album, genre) VALUES (?, ?, ?, ?, ?)",
        (rank, document.title, document.artist, document.album, document.genre),
    )
    connection.execute(
        "INSERT INTO names(rowid, title, artist) VALUES (?, ?, ?)",
        (rank, _token(document.title_name), " ".join(map(_token, document.artist_names))),
    )


def _token(name: str) -> str:
    return name.replace(" ", _SPACE_IN_NAME)


class SearchIndex:
    """Read-only search over one generation; safe for any number of threads."""

    def __init__(self, path: Path, order: NDArray[np.int32]) -> None:
        """Open the file at ``path``; ``order`` is its `popularity_order`."""
        self._uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        self._order = order
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self._totals: OrderedDict[Query, int] = OrderedDict()
        self._totals_lock = threading.Lock()
        # Opened ahead: the file of a pruned generation can be read on, but not opened.
        connections = [self._connect() for _ in range(_CONNECTIONS)]
        for connection in connections:
            self._idle.put(connection)
        weakref.finalize(self, _close_all, connections)

    def count(self, query: Query) -> int:
        """Return how many tracks match, in O(matches) the first time a query is asked."""
        with self._totals_lock:
            if query in self._totals:
                self._totals.move_to_end(query)
                return self._totals[query]

        with self._connection() as connection:
            found = connection.execute(
                "SELECT count(*) FROM words WHERE words MATCH ?", (_all_terms(query),)
            ).fetchone()
        total = int(found[0])
        with self._totals_lock:
            self._totals[query] = total
            if len(self._totals) > _KEPT_TOTALS:
                self._totals.popitem(last=False)
        return total

    def matches(self, query: Query) -> Generator[tuple[int, int], None, None]:
        """Yield (class, row) of every match, best first; close it when enough has been read."""
        seen: set[int] = set()
        with self._connection() as connection:
            for match_class, table, expression in _class_expressions(query):
                ranks = connection.execute(
                    f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rowid",  # noqa: S608
                    (expression,),
                )
                try:
                    for (rank,) in ranks:
                        if rank not in seen:
                            seen.add(rank)
                            yield match_class, int(self._order[rank - 1])
                finally:
                    ranks.close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = self._idle.get()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri, uri=True, check_same_thread=False, isolation_level=None
        )
        connection.executescript("PRAGMA query_only = ON; PRAGMA mmap_size = 1073741824;")
        return connection


def _close_all(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()


def _class_expressions(query: Query) -> tuple[tuple[int, str, str], ...]:
    """Return table and FTS5 expression of each class; later ones repeat earlier finds."""
    name, terms = f'"{_token(query.name)}"', _all_terms(query)
    return (
        (TITLE_IS, "names", f"title : {name}"),
        (TITLE_STARTS, "names", f"title : {name} *"),
        (IN_TITLE, "words", f"title : ({terms})"),
        (ARTIST_IS, "names", f"artist : {name}"),
        (ARTIST_STARTS, "names", f"artist : {name} *"),
        (ANYWHERE, "words", terms),
    )


def _all_terms(query: Query) -> str:
    """Return the FTS5 expression of all terms: folded letters and digits only, so safe to quote."""
    return " AND ".join(
        "(" + " OR ".join(f'"{phrase}" *' for phrase in alternatives) + ")"
        for alternatives in query.terms
    )
