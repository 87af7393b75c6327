"""Rooms are imported by their face, and never by a file inside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("index", "service")
COMPOSED = {"service.commands", "service.migrations", "index.kernels"}
"""Rooms without a face: each file of them is a command, a revision or a group of kernels."""


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]


def room_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def dotted(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def is_inside_a_room(module: str) -> bool:
    return module.split(".")[0] in PACKAGES and module.count(".") >= 2


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_other_rooms_are_imported_by_their_face(path: Path) -> None:
    inside = {
        f"{module}.{name}"
        for module, name in imports(path)
        if is_inside_a_room(module)
        and room_of(module) != room_of(dotted(path))
        and room_of(module) not in COMPOSED
        and name not in {"router", "reads", "writes"}  # service.app puts the routers together
    }
    assert not inside


def test_every_face_names_what_it_shows() -> None:
    for package in PACKAGES:
        for face in (ROOT / package).glob("*/__init__.py"):
            if dotted(face) not in COMPOSED:
                shown = {name for module, name in imports(face) if module.startswith(dotted(face))}
                assert "__all__ = [" in face.read_text() or not shown, face
