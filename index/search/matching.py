"""What it means that a track matches a search, and how well: the one definition.

The search file of a generation and the scan over what changed since both follow it. A query is cut
into words; each must be found as the beginning of a word of title, artist, album or genre. Matches
come in this order, and within one class by descending popularity, then ascending track_id:

0. the title is the query
1. the title starts with the query
2. the title holds every word
3. an artist's name is the query
4. an artist's name starts with the query
5. the words are found in different places
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from index.text import words

BARRIER = "\ue000"
"""A token that no text holds: it keeps neighbours in a column from reading as a phrase."""
MAX_TERMS = 64
"""Distinct words of a query that are looked for; a query of 200 characters rarely has more."""

TITLE_IS, TITLE_STARTS, IN_TITLE, ARTIST_IS, ARTIST_STARTS, ANYWHERE = range(6)


@dataclass(frozen=True, slots=True)
class Document:
    """The searchable text of one track.

    A column is its parts, each with a space before it. Words of several parts (``AC/DC``) follow
    once more, joined (``acdc``), so that either spelling finds them.
    """

    title: str
    artist: str
    album: str
    genre: str
    title_name: str
    artist_names: tuple[str, ...]
    text: str
    """All columns, a line each: no phrase reaches from one into the next."""

    def match_class(self, query: "Query") -> int:
        """Return the class of a match, 0 the best; whether it is one `matching` tells."""
        if self.title_name == query.name:
            return TITLE_IS
        if self.title_name.startswith(query.name):
            return TITLE_STARTS
        if _found(query, [self.title]):
            return IN_TITLE
        if query.name in self.artist_names:
            return ARTIST_IS
        if any(name.startswith(query.name) for name in self.artist_names):
            return ARTIST_STARTS
        return ANYWHERE


@dataclass(frozen=True, slots=True)
class Query:
    """A search as terms that must all be found; a term is one or two alternative phrases."""

    name: str
    """The whole query as one folded name, to compare with titles and artists."""
    terms: tuple[tuple[str, ...], ...]
    """Alternatives of each term: parts with a space between; the last part is a prefix."""


def document(title: str, artist: str, album: str | None, genre: str | None) -> Document:
    """Return the searchable text of a track; ``artist`` holds all names, joined by ``;``."""
    title_words = words(title)
    artist_words = [found for found in map(words, artist.split(";")) if found]

    columns = (
        _column(title_words),
        _column([parts for found in artist_words for parts in found]),
        _column(words(album)) if album else "",
        _column(words(genre)) if genre else "",
    )
    return Document(
        *columns,
        title_name=_name(title_words),
        artist_names=tuple(map(_name, artist_words)),
        text="\n".join(columns),
    )


def parse(text: str) -> Query | None:
    """Return the query that ``text`` stands for; None where nothing in it can be searched for."""
    found = words(text)
    if not found:
        return None

    terms = dict.fromkeys(_alternatives(parts) for parts in found)
    return Query(_name(found), tuple(terms)[:MAX_TERMS])


def _column(found: list[list[str]]) -> str:
    tokens = [part for parts in found for part in parts]
    for parts in found:
        if len(parts) > 1:
            tokens += [BARRIER, "".join(parts)]
    return "".join(f" {token}" for token in tokens)


def _name(found: list[list[str]]) -> str:
    return " ".join("".join(parts) for parts in found)


def _alternatives(parts: list[str]) -> tuple[str, ...]:
    return (" ".join(parts),) if len(parts) == 1 else (" ".join(parts), "".join(parts))


def matching_documents(query: Query, documents: Sequence[Document]) -> list[int]:
    """Return the positions of the documents in which every term is found in some column."""
    return _found(query, [each.text for each in documents])


def _found(query: Query, texts: list[str]) -> list[int]:
    found = list(range(len(texts)))
    for first, *others in query.terms:
        needle, other = f" {first}", f" {others[0]}" if others else None
        if other is None:
            found = [at for at in found if needle in texts[at]]
        else:
            found = [at for at in found if needle in texts[at] or other in texts[at]]
    return found


def document_of_card(card: bytes) -> Document:
    """Return the searchable text of the track that ``card`` shows."""
    track = orjson.loads(card)
    return document(
        track.get("title") or "", track.get("artist") or "", track.get("album"), track.get("genre")
    )
