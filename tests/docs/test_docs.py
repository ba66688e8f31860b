"""Documentation is part of the program: what it names exists, and what exists is named."""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.exceptions import Resolver404

from docs.pages import ROOT, address, headings, links, named, pages
from shanhe.faces.api.v1 import api
from shanhe.project.program import FAMILIES, _parser
from tools.addresses import findings
from tools.benches import known as benches
from tools.commands import COMMANDS

PAGES = pages()
DOCS = ROOT / "docs"


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# Links


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file_of_the_repository(page):
    missing = [target for target in links(read(page)) if not (page.parent / target).exists()]
    assert missing == []


def test_every_page_of_docs_is_reached_from_the_index():
    linked = {(DOCS / target).resolve() for target in links(read(DOCS / "README.md"))}
    folders = [each for each in linked if each.is_dir()]
    lost = [
        name_of(page)
        for page in DOCS.rglob("*.md")
        if page.name != "README.md" and page.resolve() not in linked
        if not any(folder in page.resolve().parents for folder in folders)
    ]
    assert lost == []


def test_both_readmes_have_the_same_sections_pictures_and_code():
    english, chinese = read(ROOT / "README.md"), read(ROOT / "README.zh-CN.md")
    assert len(headings(english)) == len(headings(chinese))
    assert english.count("![") == chinese.count("![")
    other = {"README.md": "README.zh-CN.md", "README.zh-CN.md": "README.md"}
    plain = [target for target in links(english) if not target.startswith("docs/img/")]
    same = [target for target in links(chinese) if not target.startswith("docs/img/")]
    assert sorted(other.get(target, target) for target in plain) == sorted(same)
    assert _shell(english) == _shell(chinese)


def _shell(text: str) -> list[str]:
    """Commands without the remarks behind them."""
    return [line.split("  #")[0].strip() for line in text.splitlines() if line.startswith("    ")]


# Routes


ROUTE = re.compile(r"(?:(?:GET|POST|PUT|DELETE) )?(/[\w./{}-]*)(?:\?.*)?")


def routes_named() -> Iterator[str]:
    for page in PAGES:
        if page.name == "look.md":  # tells of parts of pages
            continue
        for word in sorted(named(read(page))):
            found = ROUTE.fullmatch(word.split("#")[0].strip())
            first = found.group(1).split("/")[1] if found else ""
            if found and (
                first in {"", "try", "proof", "office", "accounts", "api", "healthz", "jsi18n", "i18n"}
            ):
                yield found.group(1)


@pytest.mark.parametrize("route", sorted(set(routes_named())))
def test_every_route_named_in_the_docs_exists(route):
    try:
        is_there = bool(get_resolver().resolve(address(route)))
    except Resolver404:
        is_there = False
    assert is_there


def routes_of(patterns, prefix: str = "") -> Iterator[str]:
    for each in patterns:
        whole = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes_of(each.url_patterns, whole)
        elif isinstance(each, URLPattern):
            yield "/" + whole


def test_every_public_route_is_documented():
    text = read(DOCS / "routes.md")
    public = [
        route
        for route in routes_of(get_resolver().url_patterns)
        if not route.startswith(("/office/", "/api/", "/accounts/"))
    ]
    holes = {
        "<day:day>": "DATE",
        "<str:name>": "NAME",
        "<str:layer>": "LAYER",
        **{f"<int:{axis}>": f"{{{axis}}}" for axis in "xyz"},
    }
    for route in public:
        for hole, word in holes.items():
            route = route.replace(hole, word)
        assert f"`{route}`" in text, route


def test_every_route_of_the_api_is_documented():
    text = read(DOCS / "routes.md")
    assert [path for path in api.get_openapi_schema()["paths"] if f"{path}`" not in text] == []


# Commands


def commands(parser: argparse.ArgumentParser, path: str = "shanhe") -> Iterator[tuple[str, set[str]]]:
    """(command, its options) of every command that does something."""
    groups = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not groups:
        options = {word for each in parser._actions for word in each.option_strings if word.startswith("--")}
        yield path, options - {"--help", "--version"}
    for group in groups:
        for name, below in group.choices.items():
            yield from commands(below, f"{path} {name}")


COMMAND_LINE = dict(commands(_parser("")))


def documented_line(command: str) -> str:
    """The line of commands.md that begins with the command."""
    lines = [
        line for line in read(DOCS / "commands.md").splitlines() if re.match(rf"\| .*`{command}\b", line)
    ]
    assert lines, f"{command} is not documented"
    return lines[0]


@pytest.mark.parametrize("command", sorted(COMMAND_LINE))
def test_every_command_and_its_options_are_documented(command):
    line = documented_line(command)
    hidden = {"--data-dir"}  # every command knows it
    for option in COMMAND_LINE[command] - hidden:
        assert option in line, option


def commands_named() -> set[tuple[str, ...]]:
    found = set()
    for page in PAGES:
        for phrase in named(read(page)):
            for words in re.findall(r"(?:^|[`/ ])shanhe ((?!-)(?:[a-z-]+ ?){1,2})", phrase):
                found.add(tuple(words.split()))
    return found


@pytest.mark.parametrize("words", sorted(commands_named()), ids=" ".join)
def test_every_command_named_in_the_docs_exists(words):
    assert words[0] in FAMILIES
    family = {command.split()[2] for command in COMMAND_LINE if command.startswith(f"shanhe {words[0]} ")}
    if family and len(words) > 1:
        assert words[1] in family


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_of_run_is_in_contributing(name):
    assert f"`./run {name}" in read(ROOT / "CONTRIBUTING.md")


def test_every_command_of_run_that_is_named_exists():
    for page in PAGES:
        for word in re.findall(r"\./run ([a-z]+)", read(page)):
            assert word in {*COMMANDS, "help"}, f"{name_of(page)}: ./run {word}"


def test_every_bench_has_its_section():
    text = read(DOCS / "performance.md")
    assert [name for name in benches() if f"./run bench {name}`" not in text] == []


# Settings


def variables(folder: Path) -> set[str]:
    return {
        name for path in folder.rglob("*.py") for name in re.findall(r"\bSHANHE_[A-Z_]+[A-Z]\b", read(path))
    }


def test_every_environment_variable_is_documented():
    text = read(DOCS / "deployment.md")
    used = variables(ROOT / "src") | variables(ROOT / "tools")
    assert sorted(name for name in used if f"`{name}`" not in text) == []


def test_every_environment_variable_that_is_named_exists():
    used = variables(ROOT / "src") | variables(ROOT / "tools") | variables(ROOT / "tests")
    for page in PAGES:
        found = set(re.findall(r"\bSHANHE_[A-Z_]+[A-Z]\b", read(page)))
        assert found <= used, f"{name_of(page)}: {found - used}"


# Files


FILE = re.compile(r"(?:src|docs|tests|tools|bench|frontend)/[\w./-]+\.\w+")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_named_exists(page):
    missing = [word for word in named(read(page)) if FILE.fullmatch(word) and not (ROOT / word).exists()]
    assert missing == []


def test_the_numbered_decisions_follow_one_another():
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_registry_address_and_no_path_of_one_machine_is_in_the_repository():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        found += [f"{name}:{line}: {what}" for line, what, _match in findings(text)]
    assert found == []
