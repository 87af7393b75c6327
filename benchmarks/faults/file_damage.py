"""Damage of files that is undone at the end of a block."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.generations import CURRENT


@contextmanager
def flipped(path: Path, bit: int) -> Iterator[None]:
    """Change one bit where it lies on the disk, and back."""
    _flip_in_place(path, bit)
    try:
        yield
    finally:
        _flip_in_place(path, bit)


@contextmanager
def replaced(path: Path, content: bytes | None) -> Iterator[None]:
    """Give a file other content, or take it away, until the block ends."""
    aside = path.with_name("..aside") if path.name == CURRENT else path.parent.parent / ".aside"
    path.rename(aside)
    try:
        if content is not None:
            path.write_bytes(content)
        yield
    finally:
        aside.replace(path)


def _flip_in_place(path: Path, bit: int) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        byte = os.pread(descriptor, 1, bit // 8)
        os.pwrite(descriptor, flip(byte, bit % 8), bit // 8)
    finally:
        os.close(descriptor)


def flip(content: bytes, bit: int) -> bytes:
    """Return bytes with one bit changed."""
    at = int(bit) // 8
    return content[:at] + bytes([content[at] ^ 1 << int(bit) % 8]) + content[at + 1 :]
