"""What the documents claim is compared with the code."""

import re
import subprocess
from pathlib import Path

import pytest
from pydantic import AliasChoices

from index.features import FEATURES
from service.cli import load
from service.commands import COMMANDS
from service.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
UNLISTED_ROUTES = {"/", "/docs", "/openapi.json"}


def test_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = (
            str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"SEGUE_{name.upper()}"
        )
        default = f"`{field.default}`" if field.default != "" else ""
        rows.append(f"| `{variable}` | {default} | {field.description} |")
    assert "\n".join(rows) in README


def test_readme_lists_every_feature_with_its_weight() -> None:
    rows = ["| feature | range | weight |", "| --- | --- | --- |"]
    for feature in sorted(FEATURES, key=lambda feature: -feature.weight):
        unit = f" {feature.unit}" if feature.unit else ""
        rows.append(
            f"| {feature.name} | {feature.minimum:g} to {feature.maximum:g}{unit} "
            f"| {feature.weight:.2f} |"
        )
    assert "\n".join(rows) in README


def test_readme_lists_every_route_and_no_other() -> None:
    from service.app import create_app

    described = {
        (method.upper(), path)
        for path, operations in create_app().openapi()["paths"].items()
        for method in operations
        if path not in UNLISTED_ROUTES
    }
    listed = {
        (method, re.sub(r"\{\w+\}", "{id}", path))
        for methods, path in re.findall(r"`((?:[A-Z]+ )+)(/[^` ]*)`", README)
        for method in methods.split()
    }
    assert listed == {(method, re.sub(r"\{\w+\}", "{id}", path)) for method, path in described}


def test_readme_lists_every_command_and_no_other() -> None:
    listed = set(re.findall(r"^\| `segue ([a-z ]+)` \|", README, flags=re.MULTILINE))
    assert listed == {
        command
        for name, place in COMMANDS.items()
        for command in _commands(load(name, place), name)
    }


def _commands(command: object, prefix: str = "") -> list[str]:
    children = getattr(command, "commands", None)
    if not children:
        return [prefix.strip()]
    return [
        name for word, child in children.items() for name in _commands(child, f"{prefix} {word}")
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_make_targets_that_exist(document: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = re.findall(
        r"(?:^|`)(?:[A-Z_]+=\S+ )*make ([a-z-]+)", document.read_text(), re.MULTILINE
    )
    assert set(named) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_the_repository_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_documents_name_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:index|service|tests|benchmarks|deploy|docs)/[\w/.-]+)`", document.read_text()
    )
    made_later = {"benchmarks/results/", "docs/decisions/"}
    assert [name for name in named if not (ROOT / name).exists() and name not in made_later] == []


def test_make_lists_every_target_with_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, flags=re.MULTILINE)
    assert phony
    helped = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^make (\S+) +\S", helped.stdout, flags=re.MULTILINE)
    assert listed == phony[1].split()


def test_ci_calls_exactly_make_test() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert script.rstrip().endswith("\nexec make test")
    assert script.count("make") == 1


def test_locks_pin_hashes_and_name_no_index() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "requirements-dev.lock"):
        lines = lock.read_text().splitlines()
        assert not [line for line in lines if line.startswith("-")]
        pins = [line for line in lines if not line.startswith(" ")]
        assert all(re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+ .*\\$", pin) for pin in pins)
