"""Whole lists are compared with an oracle that shares no code with the engine."""

from benchmarks.registry import measure


def test_lists_equal_those_of_the_oracle() -> None:
    measured = measure("ann", "quality", quick=True)
    assert measured.reached
    assert "recall@20 of the whole score, genre_bonus 1.2" in {row["what"] for row in measured.rows}
