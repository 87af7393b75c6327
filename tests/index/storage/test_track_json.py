from pathlib import Path

import pytest

from index.storage import open_cards, write_cards


@pytest.mark.parametrize("cards", [[], [b""], [b"{}", b"", '{"t":"é"}'.encode()]])
def test_cards_come_back_as_written(cards: list[bytes], tmp_path: Path) -> None:
    offsets = write_cards(cards, tmp_path / "cards.bin")
    opened = open_cards(tmp_path / "cards.bin", offsets)

    assert len(opened) == len(cards)
    assert [opened[row] for row in range(len(cards))] == cards


def test_row_minus_one_is_no_card(tmp_path: Path) -> None:
    opened = open_cards(tmp_path / "cards.bin", write_cards([b"{}"], tmp_path / "cards.bin"))

    with pytest.raises(IndexError):
        opened[-1]
