"""Which tracks are the same song: one recording, or versions of it, under several track ids.

A song's key is a hash of its first artist and of its title without what tells versions apart:
``"Roxanne - Remastered 2003"``, ``"Roxanne (Live)"`` and ``"Roxanne"`` of one artist have one key.
A remix is another song, and so are a part, a movement and what somebody else has recorded.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from index.catalogue.text_column import Texts, coded, sliced
from index.kernels.text_column import plain_titles
from index.text import fold

NO_SONG = 0
_AT_ONCE = 200_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BRACKET = re.compile(r"[(\[{][^()\[\]{}]*[)\]}]?")
_MAY_BE_CREDIT = re.compile(" f(?:ea)?t").search
_CREDIT = re.compile(r"\s(?:feat|ft|featuring)\.?\s.*")
_GUESTS = re.compile(r", | & | \+ | (?:feat|ft|featuring)\.? ")
_SIMPLE = re.compile(r"[a-z0-9]*(?: [a-z0-9]+)*").fullmatch
_MAY_BE_VERSION = re.compile(r"[(\[{]|\s-|-\s").search
_WORD = re.compile(r"[^\W_]+")
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")
_DASHES = str.maketrans(dict.fromkeys(range(0x2010, 0x2016), "-"))
_APOSTROPHES = str.maketrans(dict.fromkeys(map(ord, "'\u2018\u2019`\xb4")))
"""They leave no gap: "don't" and "dont" are written for one another."""

_PLAIN_MIXES = _words(
    "original album single radio club extended main full length short long mono stereo instrumental"
    " vocal edit 7 12 inch dance digital new final master version mix the uk us"
)
"""Words beside which a mix is the song itself, and not somebody's remix of it."""
_REMIXES = re.compile(
    r"remix|remixes|rmx|refix|bootleg|flip|vip|dub|rework|reworked|mashup|medley"
).fullmatch
_OTHERS = _words(
    "part parts pt pts vol volume act scene chapter episode movement mvt interlude reprise"
    " intro outro skit prelude overture variation var finale"
)
"""Words of a bracket or an ending that name another track, and not another version."""
_NUMBER = re.compile(r"\bno\.? ?\d").search
_VERSIONS = _words(
    "remaster remastered remasters remastering mastering remasterizado remasterizada live vivo"
    " concert concierto directo direct unplugged acoustic acoustique acustico acustica akustik"
    " akustisch edit edited version versao versie mix mixed mono stereo demo demos outtake"
    " alternate alternative feat ft featuring with original radio single album bonus deluxe"
    " expanded extended instrumental karaoke session sessions recorded recording rerecorded"
    " soundtrack theme ost motion edition explicit clean uncensored sped slowed reverb nightcore"
    " cover anniversary performance studio take rehearsal ver vocal cut show piano"
    " orchestral symphonic stripped cappella acapella solo digital transfer lp ep bbc"
    " mtv spotify from"
)


def song_keys(titles: Sequence[str], artists: Sequence[str]) -> NDArray[np.int64]:
    """Return a 64-bit hash of the song that each track is a version of.

    Parameters
    ----------
    titles : as written, one per track
    artists : all names of each track, joined by ``;``; the first one counts

    Returns
    -------
    (n,) keys; `NO_SONG` where title or artist is unknown, as nobody can tell what is the same.

    """
    names, codes = coded(artists)
    owners = [_owner(each) for each in names]
    keys = np.zeros(len(titles), dtype=np.int64)
    for start in range(0, len(titles), _AT_ONCE):  # millions at once would take memory
        part = slice(start, start + _AT_ONCE)
        songs = _songs(Texts.of(sliced(titles, start, start + _AT_ONCE)))
        keys[part] = _hashes(owners, codes[part], songs)
    return keys


def _songs(titles: Texts) -> Texts:
    """Return `song_of` each title; most of them are mere words, which are all the song."""
    content, plain = plain_titles(*_columns(titles))
    others = np.flatnonzero(~plain)
    found = _packed([_encoded(song_of(title or "")) for title in titles.take(others)])
    starts, lengths = titles.starts.astype(np.int64), titles.lengths.copy()
    starts[others] = found.starts.astype(np.int64) + len(content)
    lengths[others] = found.lengths
    return Texts(np.concatenate([content, found.content]), starts, lengths)


def _hashes(owners: Sequence[bytes], codes: NDArray[np.int32], songs: Texts) -> NDArray[np.int64]:
    """Return the key of song ``i`` of owner ``codes[i]``, for all i."""
    content = songs.content.tobytes()
    starts, lengths = songs.starts.tolist(), songs.lengths.tolist()
    pieces = (content[start : start + size] for start, size in zip(starts, lengths, strict=True))
    pairs = zip((owners[code] for code in codes.tolist()), pieces, strict=True)
    return np.array([_hash(owner, song) for owner, song in pairs], dtype=np.int64)


def _hash(owner: bytes, song: bytes) -> int:
    if not owner or not song:
        return NO_SONG
    digest = blake2b(owner + song, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1  # 0 is no song


def _columns(
    texts: Texts,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]:
    return texts.content, texts.starts.astype(np.int64), texts.lengths


def _packed(encoded: list[bytes]) -> Texts:
    lengths = np.array([len(text) for text in encoded], dtype=np.int32)
    return Texts.packed(b"".join(encoded), lengths)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def song_of(title: str) -> str:
    """Return what versions of a title have in common, as words; empty where it has none."""
    folded = fold(title) if title else ""
    if _SIMPLE(folded):  # most titles are no more than that
        return _without_credit(folded) if _MAY_BE_CREDIT(folded) else folded

    folded = folded.translate(_DASHES)
    kept = _without_endings(_without_brackets(folded)) if _MAY_BE_VERSION(folded) else folded
    return _joined(_without_credit(kept)) or _joined(folded)


def _owner(names: str) -> bytes:
    """Return the first artist's name and a line break, empty where there is none."""
    first = fold(names.split(";", 1)[0])
    # "A & B" and "A feat. B" are as good as "A;B": catalogues write one song's artists in each way.
    lead = _joined(_GUESTS.split(first, 1)[0]) or _joined(first) or first.strip()
    return f"{lead.removeprefix('the ')}\n".encode("utf-8", "replace") if lead else b""


def _joined(text: str) -> str:
    return " ".join(_WORD.findall(text.translate(_APOSTROPHES)))


def _without_credit(text: str) -> str:
    return _CREDIT.sub("", text) if _MAY_BE_CREDIT(text) else text


def _without_brackets(text: str) -> str:
    return _BRACKET.sub(lambda found: _kept_bracket(found.group()), text)


def _kept_bracket(bracket: str) -> str:
    # What stands in brackets is a version, a guest or a second title, unless it says otherwise.
    return f" {bracket} " if _is_another(bracket) else " "


def _without_endings(text: str) -> str:
    first, *endings = re.split(r"\s+-+\s*|\s*-+\s+", text)
    return " ".join([first, *(ending for ending in endings if not _is_version(ending))])


@lru_cache(maxsize=1 << 14)
def _is_version(ending: str) -> bool:
    if _is_another(ending):
        return False
    words = _WORD.findall(ending)
    return not words or bool(_YEARS.search(ending)) or not _VERSIONS.isdisjoint(words)


@lru_cache(maxsize=1 << 14)
def _is_another(phrase: str) -> bool:
    """Tell whether a bracket or an ending names another song: a remix, or a part of a work."""
    words = _WORD.findall(phrase)
    if not _OTHERS.isdisjoint(words) or _NUMBER(phrase) or any(map(_REMIXES, words)):
        return True
    return "mix" in words and not all(
        word in _PLAIN_MIXES or word.isdigit() or _PLAIN_ENDINGS(word) for word in words
    )


_PLAIN_ENDINGS = re.compile(r"remaster\w*|\d+\w*").fullmatch
