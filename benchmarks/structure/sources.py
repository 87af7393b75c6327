"""Counts from the syntax of source files: lines, parameters of kernels, calls between kernels."""

import ast
from functools import cache
from pathlib import Path

MOST_PARAMETERS = 7
SOURCES = {".py", ".js", ".css", ".html"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(root: Path, package: str) -> int:
    """Return the number of lines of all source files of a package."""
    paths = [path for path in (root / package).rglob("*") if path.suffix in SOURCES]
    return sum(len(path.read_text().splitlines()) for path in paths)


def wide_kernels(root: Path) -> dict[str, int]:
    """Return the kernels with more than `MOST_PARAMETERS` parameters, as ``file:function``."""
    found = {}
    for path in sorted((root / "index").rglob("*.py")):
        for function in _functions(path).values():
            if _is_kernel(function) and _parameters(function) > MOST_PARAMETERS:
                found[f"{path.relative_to(root)}:{function.name}"] = _parameters(function)
    return found


def reached_kernels(root: Path, file: str, function: str) -> set[str]:
    """Return the files of a compiled function and of all compiled functions that it calls."""
    reached: set[tuple[str, str]] = set()
    waiting = [(file, function)]
    while waiting:
        at = waiting.pop()
        if at not in reached:
            reached.add(at)
            waiting += _called(root, *at)
    return {path for path, _ in reached}


def _called(root: Path, file: str, name: str) -> list[tuple[str, str]]:
    functions = _functions(root / file)
    if name not in functions:
        return []
    used = {node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)}
    origins = _imported(root / file) | dict.fromkeys(functions, file)
    targets = [(origins[each], each) for each in used - {name} if each in origins]
    return [(path, each) for path, each in targets if each in _functions(root / path)]


@cache
def _functions(path: Path) -> dict[str, Function]:
    """Return the functions at the top of a file, by name."""
    if not path.exists():
        return {}
    tree = ast.parse(path.read_text())
    return {node.name: node for node in tree.body if isinstance(node, Function)}


@cache
def _imported(path: Path) -> dict[str, str]:
    """Return the file that each imported name comes from."""
    nodes = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ImportFrom)]
    return {
        alias.name: f"{(node.module or '').replace('.', '/')}.py"
        for node in nodes
        for alias in node.names
    }


def _is_kernel(function: Function) -> bool:
    called = [each.func if isinstance(each, ast.Call) else each for each in function.decorator_list]
    return any(isinstance(each, ast.Name) and each.id == "kernel" for each in called)


def _parameters(function: Function) -> int:
    return len(function.args.posonlyargs + function.args.args + function.args.kwonlyargs)
