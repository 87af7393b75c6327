"""Kernels that build in bulk, beside what they stand for."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from index.catalogue import Texts, coded
from index.catalogue.songs import song_of
from index.kernels.histories import by_listener, by_song
from index.kernels.text_column import distinct, plain_titles, split

TEXTS = st.lists(st.none() | st.text("ab ;\u00e9", max_size=6))
CODES = st.integers(-1, 3)


def columns(texts: Texts) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int32]]:
    return texts.content, texts.starts.astype(np.int64), texts.lengths


@given(TEXTS)
def test_equal_texts_get_one_code_by_kernel_and_by_dict(values: list[str | None]) -> None:
    known, codes = coded(Texts.of(values))
    others, other_codes = coded(values)

    assert [known[code] for code in codes.tolist()] == values
    assert (known, codes.tolist()) == (others, other_codes.tolist())
    assert distinct(*columns(Texts.of(values)))[1].tolist() == [
        values.index(each) for each in known
    ]


@given(TEXTS)
def test_texts_are_parted_at_spaces_and_at_a_separator(values: list[str | None]) -> None:
    texts = Texts.of(values)
    codes, offsets, begins, sizes = split(*columns(texts), ord(";"), -2)
    contiguous_runs = Texts(texts.content, begins, sizes).take(np.arange(len(begins)))

    assert len(set(contiguous_runs)) == len(contiguous_runs)
    found = ["\0" if code == -2 else contiguous_runs[code] for code in codes.tolist()]
    expected = [[run for run in (t or "").replace(";", " \0 ").split(" ") if run] for t in values]
    assert [found[a:b] for a, b in pairwise(offsets.tolist())] == expected


@given(st.lists(st.text("aFfEeTt 9-\u00e9", max_size=9)))
def test_titles_of_mere_words_are_their_own_songs(titles: list[str]) -> None:
    texts = Texts.of(titles)
    lower, plain = plain_titles(*columns(texts))

    songs = Texts(lower, texts.starts, texts.lengths).take(np.flatnonzero(plain))
    assert songs == [song_of(titles[at]) for at in np.flatnonzero(plain).tolist()]


@given(st.lists(st.tuples(CODES, CODES, st.integers(0, 4))))
def test_events_are_sorted_by_listener_and_moment(events: list[tuple[int, int, int]]) -> None:
    listeners, positions, at = np.array(events, dtype=np.int64).reshape(-1, 3).T
    known = np.flatnonzero((listeners >= 0) & (positions >= 0))
    expected = known[np.lexsort((at[known], listeners[known]))]

    order, offsets = by_listener(
        listeners.astype(np.int32), positions.astype(np.int32), at.astype(np.float64), 4
    )
    assert order.tolist() == expected.tolist()
    assert offsets.tolist() == [int((listeners[known] < user).sum()) for user in range(5)]


@given(st.lists(st.lists(st.tuples(CODES, st.integers(-2, 2)))))
def test_songs_of_all_listeners_are_gathered_as_one_by_one(
    histories: list[list[tuple[int, int]]],
) -> None:
    offsets = np.cumsum([0, *map(len, histories)])
    events = [event for history in histories for event in history]
    songs, values = np.array(events, dtype=np.int64).reshape(-1, 2).T
    found = by_song(offsets, songs.astype(np.int32), values.astype(np.float64), 4)

    starts, items, sums = (each.tolist() for each in found)
    resolve_seeds = [list(zip(items[a:b], sums[a:b], strict=True)) for a, b in pairwise(starts)]
    assert resolve_seeds == [one_by_one(history) for history in histories]


def one_by_one(history: list[tuple[int, int]]) -> list[tuple[int, float]]:
    sums: dict[int, float] = {}
    for song, value in history:
        sums[song] = sums.pop(song, 0.0) + value  # the latest comes last
    return [(song, total) for song, total in sums.items() if song >= 0 and total]
