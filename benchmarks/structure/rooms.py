"""Rooms and the arrows between them: ``python -m benchmarks.structure.rooms`` prints JSON.

A room is a module or a sub-package right below a package; an arrow says that one imports another.
It runs as a process of its own, whose working directory is the tree that is measured.
"""

import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import grimp
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

PACKAGES = ("index", "service")
MOST_PERMUTED = 8
"""Larger circles are put into order step by step, smaller ones by trying all orders."""

Arrow = tuple[str, str]
"""The room that imports, and the room that is imported."""


def measured(package: str, layers: Sequence[str]) -> dict[str, Any]:
    """Return the counts for a package; ``layers`` are the declared ones, if any."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=True, cache_dir=None)
    rooms = sorted(graph.find_children(package))
    arrows = arrows_between(graph, package, set(rooms))
    circles = circles_of(rooms, arrows)
    back = against_layers(package, layers, arrows) if layers else arrows_back(circles, arrows)
    return {
        "rooms": len(rooms),
        "modules": len(graph.modules),
        "arrows": len(arrows),
        "arrows_back": sorted(map(" -> ".join, back)),
        "circles": circles,
        "layers": "declared" if layers else "best",
    }


def arrows_between(graph: grimp.ImportGraph, package: str, rooms: set[str]) -> set[Arrow]:
    """Return the arrows between different rooms."""
    depth = package.count(".") + 2

    def room_of(module: str) -> str:
        return ".".join(module.split(".")[:depth])

    return {
        (room_of(module), room_of(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if room_of(module) != room_of(imported) and {room_of(module), room_of(imported)} <= rooms
    }


def circles_of(rooms: Sequence[str], arrows: set[Arrow]) -> list[list[str]]:
    """Return the groups of rooms that import each other, directly or by others."""
    number = {room: at for at, room in enumerate(rooms)}
    if not arrows:
        return []
    tails, heads = zip(*((number[a], number[b]) for a, b in arrows), strict=True)
    matrix = coo_array(([1] * len(arrows), (tails, heads)), shape=(len(rooms), len(rooms)))
    _, labels = connected_components(matrix, directed=True, connection="strong")
    groups: dict[int, list[str]] = {}
    for room, label in zip(rooms, labels.tolist(), strict=True):
        groups.setdefault(label, []).append(room)
    return [group for group in groups.values() if len(group) > 1]


def arrows_back(circles: Sequence[Sequence[str]], arrows: set[Arrow]) -> set[Arrow]:
    """Return the arrows that the best order of the rooms leaves pointing upwards."""
    return {arrow for circle in circles for arrow in _fewest_back(circle, arrows)}


def _fewest_back(circle: Sequence[str], arrows: set[Arrow]) -> set[Arrow]:
    inside = {arrow for arrow in arrows if set(arrow) <= set(circle)}
    if len(circle) <= MOST_PERMUTED:
        return min((_back(order, inside) for order in permutations(circle)), key=len)
    return _back(_stepwise(circle, inside), inside)


def _back(order: Sequence[str], arrows: set[Arrow]) -> set[Arrow]:
    place = {room: at for at, room in enumerate(order)}
    return {(a, b) for a, b in arrows if place[a] > place[b]}


def _stepwise(rooms: Sequence[str], arrows: set[Arrow]) -> list[str]:
    """Put first, again and again, the room that imports most and is imported least."""
    left, order = set(rooms), []
    while left:

        def surplus(room: str, left: set[str] = left) -> tuple[int, str]:
            imports = sum(a == room and b in left for a, b in arrows)
            imported = sum(b == room and a in left for a, b in arrows)
            return imports - imported, room

        order.append(max(left, key=surplus))
        left = left - {order[-1]}
    return order


def against_layers(package: str, layers: Sequence[str], arrows: set[Arrow]) -> set[Arrow]:
    """Return the arrows that lead upwards, or sideways, in declared layers."""
    level = {
        f"{package}.{room.strip()}": at
        for at, layer in enumerate(layers)
        for room in layer.split("|")
    }
    return {(a, b) for a, b in arrows if a in level and b in level and level[a] >= level[b]}


def declared_layers(root: Path) -> Mapping[str, Sequence[str]]:
    """Return the layers of each package by the contracts of import-linter."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    return {
        container: contract["layers"]
        for contract in contracts
        if contract["type"] == "layers"
        for container in contract.get("containers", [])
    }


def main() -> None:
    """Measure the tree in the working directory."""
    layers = declared_layers(Path.cwd())
    found = {package: measured(package, layers.get(package, ())) for package in PACKAGES}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
